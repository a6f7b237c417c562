import assert from 'node:assert/strict'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'

describe.each(ENGINES)('the database on $name', (engine) => {
  let given: TestDatabase
  beforeAll(async () => {
    given = await withDatabase(engine)
  })
  afterAll(() => given?.stop())

  test('starts migrated and without users', async () => {
    const [row] = await given.database.query<{ users: bigint }>('select count(*) as users from muster.users')
    assert.equal(row?.users, 0n)
  })
})
