import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type Database, openDatabase } from '../../src/pg/database.ts'
import { type Load, loadOf, watchLoad } from '../../src/pg/load.ts'
import { fixedStopwatch } from '../fixtures/clock.ts'
import { newPostgresDatabase } from '../fixtures/postgres-database.ts'

const postgres = inject('postgres')
const OWN = 15

describe.runIf('url' in postgres)('the load of a PostgreSQL', () => {
  let made: Awaited<ReturnType<typeof newPostgresDatabase>>
  let database: Database
  beforeAll(async () => {
    made = await newPostgresDatabase('url' in postgres ? postgres.url : '')
    database = openDatabase({ url: made.url, connectionsMax: 2 })
  })
  afterAll(async () => {
    await database.stop()
    await made.stop()
  })

  test('P29 statements of other programs count as load, and those of Muster do not', async () => {
    const names = ['shop', ...Array.from({ length: OWN }, () => 'muster')]
    const clients = names.map(
      (application_name) => new pg.Client({ connectionString: made.url, application_name }),
    )
    await Promise.all(clients.map((each) => each.connect()))
    const sleeping = clients.map((each) => each.query('select pg_sleep(60)').catch(() => undefined))
    const sleepers = `from pg_stat_activity where datname = current_database() and query = 'select pg_sleep(60)'`
    await expect.poll(() => database.query(`select ${sleepers}`)).toHaveLength(names.length)
    // Other tests use the same server, but few statements at once.
    const { connections } = await loadOf(database)
    expect(connections).toBeGreaterThanOrEqual(1)
    expect(connections).toBeLessThan(OWN)
    await database.query(`select pg_cancel_backend(pid) ${sleepers}`)
    await Promise.all(sleeping)
    await Promise.all(clients.map((each) => each.end()))
  })

  const overloadOf = (answers: Load[], errors: unknown[] = []) => {
    const changes: (readonly [boolean, Load])[] = []
    const stopwatch = fixedStopwatch()
    let looks = 0
    const session = {
      query: async <Row>(): Promise<Row[]> => {
        looks++
        const load = answers.shift()
        if (load === undefined) throw new Error('no answer')
        return [{ lag: BigInt(load.lagBytes), connections: BigInt(load.connections) }] as Row[]
      },
    }
    const isOver = watchLoad(session, {
      marks: { lagBytes: 1000, connections: 10 },
      stopwatch,
      onChange: (...change) => changes.push(change),
      onError: (error) => errors.push(error),
    })
    return { isOver, stopwatch, changes, looks: () => looks }
  }

  test('P29 a database above one of its marks is overloaded until both are kept, and all exports share one look a second', async () => {
    const errors: unknown[] = []
    const lagging = { lagBytes: 1001, connections: 0 }
    const busy = { lagBytes: 0, connections: 11 }
    const calm = { lagBytes: 1000, connections: 10 }
    const { isOver, stopwatch, changes, looks } = overloadOf([lagging, busy, calm], errors)
    expect(await Promise.all([isOver(), isOver(), isOver()])).toEqual([true, true, true])
    expect(await isOver()).toBe(true)
    expect(looks()).toBe(1)
    stopwatch.advance({ seconds: 1 })
    expect(await isOver()).toBe(true)
    stopwatch.advance({ seconds: 1 })
    expect(await isOver()).toBe(false)
    stopwatch.advance({ seconds: 1 })
    expect(await isOver()).toBe(false)
    expect(errors).toEqual([new Error('no answer')])
    expect(changes).toEqual([
      [true, lagging],
      [false, calm],
    ])
  })
})
