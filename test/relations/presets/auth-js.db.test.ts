import fc from 'fast-check'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { authJs } from '../../../src/relations/presets/auth-js.ts'
import { newPostgresDatabase, type PostgresDatabase } from '../../fixtures/postgres-database.ts'
import { authJsAdapter } from '../../fixtures/products/auth-js.js'
import { inOrder, openPool, rowsOf, sourceFiles } from '../../fixtures/source-files.ts'
import { allRows, anyText, insertAll, maybe, momentOf, present, presentOrNull } from './preset-fixtures.ts'
import { byBytes, CONNECTION, type PlainProfile, testPreset } from './preset-harness.ts'

const IDS = { number: 'serial', uuid: 'uuid default gen_random_uuid()' } as const

function tablesWith(id: keyof typeof IDS): string {
  const reference = id === 'number' ? 'integer' : 'uuid'
  return `
    create table verification_token (identifier text, expires timestamptz not null, token text, primary key (identifier, token));
    create table users (id ${IDS[id]} primary key, name varchar(255), email varchar(255), "emailVerified" timestamptz, image text);
    create table accounts (
      id serial primary key, "userId" ${reference} not null, type varchar(255) not null, provider varchar(255) not null,
      "providerAccountId" varchar(255) not null, refresh_token text, access_token text, expires_at bigint, id_token text,
      scope text, session_state text, token_type text);
    create table sessions (id serial primary key, "userId" ${reference} not null, expires timestamptz not null, "sessionToken" varchar(255) not null)`
}

const COLUMNS = [
  ...['email', 'email_verified', 'name', 'picture', 'identities[0].user_id', 'identities[1].provider'],
  ...['identities[1].user_id', 'identities[2].connection'],
]

const PEOPLE = [
  {
    name: 'Ada, "L"',
    email: 'Ada@Example.com',
    emailVerified: new Date(5),
    image: 'https://x.example/a.png',
    accounts: ['github'],
  },
  { name: 'Grace', email: 'grace@example.com', emailVerified: null, image: null, accounts: [] },
  { name: null, email: 'two@example.com', emailVerified: null, image: null, accounts: ['google', 'apple'] },
]

const server = inject('postgres')

describe.skipIf(!('url' in server)).each(['number', 'uuid'] as const)(
  'users that Auth.js made, with ids of the type %s',
  (id) => {
    let database: PostgresDatabase
    let pool: pg.Pool
    beforeAll(async () => {
      database = await newPostgresDatabase('url' in server ? server.url : '')
      pool = openPool(database.url)
      await pool.query(tablesWith(id))
    })
    afterAll(async () => {
      await pool.end()
      await database.stop()
    })

    test('both files have what the adapter says of each user', async () => {
      const adapter = authJsAdapter(pool)
      const made: string[] = []
      for (const { accounts, ...person } of PEOPLE) {
        const user = await adapter.createUser(person)
        made.push(String(user.id))
        for (const provider of accounts)
          await adapter.linkAccount({
            userId: user.id,
            type: 'oidc',
            provider,
            providerAccountId: `${provider}|${user.id}`,
            access_token: 'never read',
            expires_at: 1,
          })
      }
      const said = await Promise.all(
        made.map(async (userId, n) => {
          const user = await adapter.getUser(userId)
          const identities = []
          for (const provider of (PEOPLE[n]?.accounts ?? []).toSorted()) {
            const providerAccountId = `${provider}|${userId}`
            const owner = await adapter.getUserByAccount({ provider, providerAccountId })
            expect(String(owner.id)).toBe(userId)
            identities.push({ provider, connection: provider, user_id: providerAccountId, isSocial: true })
          }
          return present({
            user_id: `auth0|${userId}`,
            email: user.email,
            email_verified: user.emailVerified !== null,
            name: user.name,
            picture: user.image,
            identities: [
              { user_id: userId, provider: 'auth0', connection: CONNECTION, isSocial: false },
              ...identities,
            ],
          })
        }),
      )
      const files = await sourceFiles(database.url, {}, COLUMNS)
      expect(files.preset).toBe('auth-js')
      expect(files.profiles).toEqual(inOrder(said))
      expect(files.rows).toEqual(rowsOf(said, COLUMNS))
    })
  },
)

// As its adapter for Drizzle names them, and with columns that a deployment added.
const TABLES = `
  create table "user" (
    id text primary key, name text, email text unique, "emailVerified" timestamp, image text, "teamSize" integer, joined timestamptz,
    "pinHash" text, password text);
  create table account (
    "userId" text not null, type text not null, provider text not null, "providerAccountId" text not null, access_token text,
    primary key (provider, "providerAccountId"))
`

const anyUser = fc.record({
  id: fc.uuid(),
  name: maybe(anyText()),
  has_email: fc.boolean(),
  is_verified: fc.boolean(),
  image: maybe(anyText()),
  team_size: maybe(fc.integer({ min: 0, max: 9 })),
  joined: maybe(fc.constantFrom('2020-01-01T00:00:00.123Z', '1999-12-31T23:59:59+05:30')),
  accounts: fc.uniqueArray(
    fc.record({
      provider: fc.constantFrom('google', 'github', 'passkey'),
      type: fc.constantFrom('oauth', 'oidc', 'webauthn'),
    }),
    { maxLength: 3, selector: ({ provider }) => provider },
  ),
})

testPreset<typeof anyUser extends fc.Arbitrary<infer T> ? T : never>({
  preset: authJs,
  tables: TABLES,
  asked: {},
  user: anyUser,
  fill: (database, users) =>
    insertAll(database, {
      '"user"': users.map((user, n) => ({
        id: `${user.id}${n}`,
        name: user.name,
        email: user.has_email ? `User${n}@example.com` : null,
        emailVerified: user.is_verified ? '2020-01-01T00:00:00' : null,
        image: user.image,
        teamSize: user.team_size,
        joined: user.joined,
        pinHash: 'never read',
        password: 'never read',
      })),
      account: users.flatMap((user, n) =>
        user.accounts.map((account) => ({
          ...account,
          userId: `${user.id}${n}`,
          providerAccountId: `a${n}`,
          access_token: 'never read',
        })),
      ),
    }),
  empty: 'truncate "user", account',
  read: async (database) => {
    const accounts = await allRows(database, 'account')
    const users = await allRows(database, '"user"')
    return users.map((user) => {
      const id = String(user['id'])
      const linked = accounts
        .filter((row) => row['userId'] === id)
        .map(({ provider, type, providerAccountId }) => ({
          provider: String(provider),
          connection: provider,
          user_id: providerAccountId,
          isSocial: type !== 'webauthn',
        }))
      return present({
        user_id: `auth0|${id}`,
        email: user['email'],
        email_verified: user['email'] === null ? null : user['emailVerified'] !== null,
        name: user['name'],
        picture: user['image'],
        user_metadata: presentOrNull({ teamSize: user['teamSize'], joined: momentOf(user['joined']) }),
        identities: [
          { user_id: id, provider: 'auth0', connection: CONNECTION, isSocial: false },
          ...linked.sort((a, b) => byBytes(a.provider, b.provider)),
        ],
      }) as PlainProfile
    })
  },
  paths: ['user_metadata.teamSize', 'user_metadata.joined', 'identities[1].provider'],
  leftOut: () => ({}),
})
