import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Connection } from '../../src/domain/connection.ts'
import type { Upsert } from '../../src/domain/import-request.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import { findUnstorable } from '../../src/domain/json.ts'
import type { Credentials } from '../../src/domain/profile.ts'
import { readJson } from '../../src/domain/read-json.ts'
import { mergedMetadata } from '../../src/users/merge-metadata.ts'
import type { BatchOutcome, ImportedUser, Refusal, Unwritten, UserStore } from '../../src/users/user-store.ts'
import { importIntoModel, type ModelUser } from '../fixtures/import-model.ts'
import { PROPERTY_TEST_MS_MAX, propertyRuns } from '../fixtures/property-runs.ts'
import { importedUser, newConnection } from '../fixtures/users.ts'
import type { UserStores } from './user-store.ts'

interface GeneratedImport {
  readonly upsert: Upsert
  readonly preserve: boolean
  readonly users: readonly GeneratedUser[]
  /** Users of each batch; what is left is the last batch. */
  readonly cuts: readonly number[]
}

interface GeneratedUser {
  readonly attributes: JsonObject
  readonly credentials: Credentials | undefined
}

// Few values, so that they meet; and what a line of COPY could be misread at.
const letter = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
const nasty = fc.constantFrom('\\N', '\\.', 'a\tb', 'a\nb\r\n', '\\t', '"', "'", '\u2028', '😀', '', '\\\\x')
const text = fc.oneof(nasty, fc.string({ unit: 'grapheme' }))
// Numbers that are kept: a hundred digits at most.
const anyJson = fc
  .jsonValue()
  .filter((value) => findUnstorable(readJson(JSON.stringify(value))) === undefined)
const metadata = fc.dictionary(fc.oneof(letter, text, fc.constant('__proto__')), fc.oneof(text, anyJson))
const userId = letter.map((id) => `auth0|${id}`)
const address = letter.map((name) => `${name}@x.io`)
const sometimes = { freq: 3, nil: undefined }

const given = fc
  .record({
    email: fc.option(address, { freq: 4, nil: undefined }),
    user_id: fc.option(userId, { freq: 1, nil: undefined }),
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

const credentials: fc.Arbitrary<Credentials> = fc.oneof(
  fc.constantFrom({ password_hash: 'one' }, { password_hash: 'other' }),
  fc.constantFrom('md5', 'sha1').map((algorithm) => ({ custom_password_hash: { algorithm } })),
  fc.constantFrom('A', 'B').map((secret) => ({ mfa_factors: [{ totp: { secret } }] })),
)

const generatedImport: fc.Arbitrary<GeneratedImport> = fc.record({
  upsert: fc.constantFrom('no', 'overwrite', 'merge'),
  preserve: fc.boolean(),
  users: fc.array(
    fc.record({ attributes: given, credentials: fc.option(credentials, { freq: 1, nil: undefined }) }),
    { maxLength: 12 },
  ),
  cuts: fc.array(fc.nat(5), { maxLength: 4 }),
})

/** Successive imports, in batches of any size, do what the same users would one by one. A dry run predicts the result. */
export function importProperty(open: () => Promise<UserStores>, numRuns: number): void {
  let stores: UserStores
  let importNumber = 1
  beforeAll(async () => {
    stores = await open()
  })
  afterAll(() => stores.stop())

  test(
    'imports do what the plain model does in batches of any size, and a dry run predicts the result',
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(generatedImport, { minLength: 1, maxLength: 3 }), async (imports) => {
          const connection = await emptied(stores)
          const model: ModelUser[] = await otherUser(stores)
          for (const { upsert, preserve, users, cuts } of imports) {
            importNumber++
            const list = users.map(({ attributes, credentials }, i) => ({
              ...importedUser(connection, attributes, new Date(importNumber * 1e10 + i)),
              ...(credentials === undefined ? {} : { credentials }),
            }))
            const dry = await stores.users.openDryRun(connection, { upsert, preserve })
            const foretold = await summed(cut(list, cuts), (some) => dry.check(some))
            await dry.close()
            const told = await summed(cut(list, cuts), (some, key) =>
              stores.users.importBatch({ key, connection, users: some, upsert, preserve, importNumber }),
            )
            expect(told).toEqual(importIntoModel(model, list, { upsert, preserve, importNumber }))
            expect(foretold).toEqual(told)
          }
          await expectStored(stores, model)
        }),
        propertyRuns(numRuns),
      )
    },
    PROPERTY_TEST_MS_MAX,
  )

  test(
    'a merge in the database gives what the merge of a PATCH gives, for any values',
    async () => {
      const connection = await emptied(stores)
      const members = fc.dictionary(letter, fc.oneof(fc.constant(null), text, anyJson))
      const storable = fc.oneof(metadata, members).map((value) => JSON.stringify(value))
      const json = storable
        .filter((one) => !/\\u0000|\\ud[89a-f]/i.test(one))
        .map((one) => readJson(one) as JsonObject)
      const one = (user_metadata: JsonObject, upsert: Upsert) =>
        stores.users.importBatch({
          key: `merge/${importNumber}`,
          connection,
          users: [importedUser(connection, { email: 'a@x.io', user_id: 'auth0|1', user_metadata })],
          upsert,
          importNumber: importNumber++,
        })
      await fc.assert(
        fc.asyncProperty(json, json, async (present, given) => {
          await one(present, 'overwrite')
          await one(given, 'merge')
          expect((await stores.users.find('auth0|1'))?.['user_metadata']).toEqual(
            mergedMetadata(present, given),
          )
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
    let [inserted, updated, first] = [0, 0, 0]
    const refused: Refusal[] = []
    const unwritten: Unwritten[] = []
    for (const [at, some] of batches.entries()) {
      const outcome = await store(some, `${importNumber}/${at}`)
      inserted += outcome.inserted
      updated += outcome.updated
      for (const one of outcome.refused) refused.push({ ...one, ordinal: one.ordinal + first })
      for (const one of outcome.unwritten ?? []) unwritten.push({ ...one, ordinal: one.ordinal + first })
      first += some.length
    }
    return { inserted, updated, refused, ...(unwritten.length === 0 ? {} : { unwritten }) }
  }
}

async function emptied({ connections }: UserStores): Promise<Connection> {
  for (const old of await connections.list()) await connections.remove(old.id)
  const connection = newConnection('Users')
  await connections.add(connection)
  return connection
}

// Its id is wanted by users of the imports; its address is free to them.
async function otherUser({ connections, users }: UserStores): Promise<ModelUser[]> {
  const connection = newConnection('Others')
  await connections.add(connection)
  const { profile } = importedUser(connection, { user_id: 'auth0|a', email: 'a@x.io' })
  await users.add({ profile }, connection)
  return [{ profile, credentials: {}, importNumber: 0, isElsewhere: true }]
}

async function expectStored(stores: UserStores, model: readonly ModelUser[]): Promise<void> {
  expect(await stores.ids()).toEqual(model.map(({ profile }) => profile.user_id))
  for (const { profile, credentials } of model) {
    expect(await stores.users.find(profile.user_id)).toEqual(profile)
    const none = { password_hash: null, custom_password_hash: null, mfa_factors: null }
    expect({ ...none, ...((await stores.credentials(profile.user_id)) as object) }).toEqual({
      ...none,
      ...credentials,
    })
  }
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
