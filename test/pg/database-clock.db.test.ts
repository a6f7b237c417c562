import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Session } from '../../src/pg/database.ts'
import { type DatabaseClock, startDatabaseClock } from '../../src/pg/database-clock.ts'
import { fixedStopwatch } from '../fixtures/clock.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'

describe.each(ENGINES)('the clock of the database on $name', (engine) => {
  let opened: TestDatabase
  let clock: DatabaseClock | undefined
  beforeAll(async () => {
    opened = await withDatabase(engine)
  })
  afterAll(async () => {
    clock?.stop()
    await opened.stop()
  })

  test('P5 the clock shows the database’s time and counts on by a stopwatch, independent of the machine’s clock', async () => {
    const stopwatch = fixedStopwatch()
    // A database whose clock is two days behind this machine's.
    const behind: Session = {
      query: (text, values) =>
        opened.database.query(
          text.replace('clock_timestamp()', `clock_timestamp() - interval '2 days'`),
          values,
        ),
    }
    const options = { stopwatch, everySeconds: 0.01, onError: () => undefined }
    const before = await timeOf(behind)
    clock = await startDatabaseClock(behind, options)
    const started = clock.now().getTime()
    const after = await timeOf(behind)
    expect(started).toBeGreaterThanOrEqual(before)
    expect(started).toBeLessThanOrEqual(after)
    const shown = clock.now().getTime()
    stopwatch.advance({ seconds: 90 })
    expect(clock.now().getTime()).toBe(shown + 90_000)
    // Fails by the time limit of the test if the clock never asks the database again.
    while (clock.now().getTime() >= shown + 90_000) await timeOf(behind)
  })
})

async function timeOf(session: Session): Promise<number> {
  const [row] = await session.query<{ time: Date }>('select clock_timestamp() as time')
  return row?.time.getTime() ?? 0
}
