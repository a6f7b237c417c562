import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../src/pg/database.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'

// Longer than a test may take: a test that waits for the statement fails.
const LONG = 'select pg_sleep(300)'

// On the embedded engine, where no connection can be cut, test/acceptance/stopped-opening.test.ts tries it.
describe.each(ENGINES.filter(({ name }) => name === 'postgres'))(
  'work that is stopped on $name',
  (engine) => {
    let made: TestDatabase
    beforeAll(async () => {
      made = await withDatabase(engine)
    })
    afterAll(() => made.stop())

    async function sleeping(): Promise<number> {
      const found = await made.database.query(
        `select from pg_stat_activity where query = $1 and state = 'active' and datname = current_database()`,
        [LONG],
      )
      return found.length
    }

    test.each(['query', 'transaction'] as const)(
      'P19 a %s that is stopped fails with the reason at once and frees its only connection',
      async (kind) => {
        const database = openDatabase({ ...made.connectionOptions, connectionsMax: 1 })
        onTestFinished(() => database.stop())
        // A server notices late that a statement is no longer wanted.
        const slept = await sleeping()
        const stopping = new AbortController()
        const work = database.until(stopping.signal)
        const running =
          kind === 'query' ? work.query(LONG) : work.transaction((session) => session.query(LONG))
        await expect.poll(sleeping, { timeout: 10_000 }).toBeGreaterThan(slept)
        stopping.abort(new Error('the server stops'))
        await expect(running).rejects.toThrow('the server stops')
        expect(await database.query('select 1 as one')).toEqual([{ one: 1 }])
      },
    )
  },
)
