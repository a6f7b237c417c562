import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Connection } from '../../src/domain/connection.ts'
import type { Upsert } from '../../src/domain/import-request.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import { readJson } from '../../src/domain/read-json.ts'
import type { BatchOutcome, ImportedUser, UserStore } from '../../src/users/user-store.ts'
import { importIntoModel, type ModelUser } from '../fixtures/import-model.ts'
import { PROPERTY_TEST_MS_MAX, propertyRuns } from '../fixtures/property-runs.ts'
import { importedUser, newConnection } from '../fixtures/users.ts'
import type { UserStores } from './user-store.ts'

interface GeneratedImport {
  readonly upsert: Upsert
  readonly users: readonly JsonObject[]
  /** Users of each batch; what is left is the last batch. */
  readonly cuts: readonly number[]
}

// Few values, so that they meet; and what a line of COPY could be misread at.
const letter = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
const nasty = fc.constantFrom('\\N', '\\.', 'a\tb', 'a\nb\r\n', '\\t', '"', "'", '\u2028', '😀', '', '\\\\x')
const text = fc.oneof(nasty, fc.string({ unit: 'grapheme' }))
const metadata = fc.dictionary(
  fc.oneof(letter, text, fc.constant('__proto__')),
  fc.oneof(text, fc.jsonValue()),
)
const userId = letter.map((id) => `auth0|${id}`)
const address = letter.map((name) => `${name}@x.io`)
const sometimes = { freq: 3, nil: undefined }

const given = fc
  .record({
    email: address,
    user_id: fc.option(userId, sometimes),
    username: fc.option(letter, { freq: 1, nil: undefined }),
    phone_number: fc.option(fc.constantFrom('+1', '+2'), { freq: 1, nil: undefined }),
    name: fc.option(text, sometimes),
    given_name: fc.option(text, sometimes),
    email_verified: fc.option(fc.boolean(), sometimes),
    blocked: fc.option(fc.boolean(), sometimes),
    user_metadata: fc.option(metadata, sometimes),
    app_metadata: fc.option(metadata, sometimes),
    logins_count: fc.option(fc.maxSafeNat(), sometimes),
    last_login: fc.option(fc.constant('0001-01-01T00:00:00.001Z'), sometimes),
    identities: fc.option(
      fc.constant([{ connection: 'x', user_id: 1, provider: 'x', isSocial: true }]),
      sometimes,
    ),
    locale: fc.option(text, sometimes),
    ['__proto__']: fc.option(text, sometimes),
  })
  // As a file would hold it: nothing undefined, no -0. Text that cannot be stored never comes this far.
  .map((user) => JSON.stringify(user))
  .filter((json) => !/\\u0000|\\ud[89a-f]/i.test(json))
  .map((json) => readJson(json) as JsonObject)

const generatedImport: fc.Arbitrary<GeneratedImport> = fc.record({
  upsert: fc.constantFrom('no', 'overwrite', 'merge'),
  users: fc.array(given, { maxLength: 12 }),
  cuts: fc.array(fc.nat(5), { maxLength: 4 }),
})

/** Imports one after another, in whatever batches, do what one user after another would; a dry run foretells it. */
export function importProperty(open: () => Promise<UserStores>, numRuns: number): void {
  let stores: UserStores
  let importNumber = 1
  beforeAll(async () => {
    stores = await open()
  })
  afterAll(() => stores.stop())

  test(
    'imports do what the plain model does, however they are cut, and a dry run tells it before',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(generatedImport, { minLength: 1, maxLength: 3 }), async (imports) => {
          const connection = await emptied(stores)
          const model: ModelUser[] = []
          for (const { upsert, users, cuts } of imports) {
            importNumber++
            const list = users.map((user, i) =>
              importedUser(connection, user, new Date(importNumber * 1e10 + i)),
            )
            const dry = await stores.users.openDryRun(connection, upsert)
            const foretold = await summed(cut(list, cuts), (some) => dry.check(some))
            await dry.close()
            const told = await summed(cut(list, cuts), (some, key) =>
              stores.users.importBatch({ key, connection, users: some, upsert, importNumber }),
            )
            expect(told).toEqual(importIntoModel(model, list, { upsert, importNumber }))
            expect(foretold).toEqual(told)
          }
          await expectStored(stores, model)
        }),
        propertyRuns(numRuns),
      )
    },
    PROPERTY_TEST_MS_MAX,
  )

  async function summed(
    batches: readonly (readonly ImportedUser[])[],
    store: (some: readonly ImportedUser[], key: string) => ReturnType<UserStore['importBatch']>,
  ): Promise<BatchOutcome> {
    let sum: BatchOutcome = { inserted: 0, updated: 0, refused: [] }
    let first = 0
    for (const [at, some] of batches.entries()) {
      const { inserted, updated, refused } = await store(some, `${importNumber}/${at}`)
      const moved = refused.map((refusal) => ({ ...refusal, ordinal: refusal.ordinal + first }))
      sum = {
        inserted: sum.inserted + inserted,
        updated: sum.updated + updated,
        refused: [...sum.refused, ...moved],
      }
      first += some.length
    }
    return sum
  }
}

async function emptied({ connections }: UserStores): Promise<Connection> {
  for (const old of await connections.list()) await connections.remove(old.id)
  const connection = newConnection('Users')
  await connections.add(connection)
  return connection
}

async function expectStored({ users, ids }: UserStores, model: readonly ModelUser[]): Promise<void> {
  expect(await ids()).toEqual(model.map(({ profile }) => profile.user_id))
  for (const { profile } of model) expect(await users.find(profile.user_id)).toEqual(profile)
}

function cut(users: readonly ImportedUser[], cuts: readonly number[]): (readonly ImportedUser[])[] {
  const batches: (readonly ImportedUser[])[] = []
  let at = 0
  for (const count of cuts) {
    batches.push(users.slice(at, at + count))
    at += count
  }
  return [...batches, users.slice(at)]
}
