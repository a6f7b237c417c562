import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Database, openDatabase } from '../../src/pg/database.ts'
import { migrate } from '../../src/pg/migrate.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'
import { startSilentProxy } from '../fixtures/silent-proxy.ts'

const SHORT = { connectSeconds: 5, answerSeconds: 0.2, silenceSeconds: 0.2 }

describe.each(ENGINES.filter(({ name }) => name === 'postgres'))('a database on $name', (engine) => {
  let made: TestDatabase
  beforeAll(async () => {
    made = await withDatabase(engine)
  })
  afterAll(() => made.stop())

  async function behindProxy(connectionsMax: number) {
    const proxy = await startSilentProxy(made.connectionOptions.url ?? '')
    const database = openDatabase({ url: proxy.url, connectionsMax, limits: SHORT })
    onTestFinished(async () => {
      await database.stop()
      await proxy.stop()
    })
    return { proxy, database }
  }

  async function connectAll(database: Database, count: number): Promise<void> {
    const sessions = await Promise.all(Array.from({ length: count }, () => database.connect()))
    for (const session of sessions) session.release()
  }

  test('P20 a database whose connections fall silent fails one request, and then answers over new connections', async () => {
    const { proxy, database } = await behindProxy(4)
    await connectAll(database, 4)
    proxy.silence()
    await expect(database.query('select 1')).rejects.toMatchObject({
      code: 'database_unavailable',
      message: 'The database does not answer. Try again later.',
    })
    for (let count = 0; count < 4; count++)
      expect(await database.query('select 1 as one')).toEqual([{ one: 1 }])
  })

  test('a database whose unused connections fall silent is not waited for as long as a count may take', async () => {
    const proxy = await startSilentProxy(made.connectionOptions.url ?? '')
    const database = openDatabase({
      url: proxy.url,
      connectionsMax: 1,
      limits: { ...SHORT, quickSeconds: 0.2, answerSeconds: 3600 },
    })
    onTestFinished(async () => {
      await database.stop()
      await proxy.stop()
    })
    await database.query('select 2')
    proxy.silence()
    expect(await database.query('select 1 as one')).toEqual([{ one: 1 }])
    await database.transaction(async (session) =>
      expect(await session.query('select 2 as two')).toEqual([{ two: 2 }]),
    )
  })

  test('a database that falls silent during a COPY ends the read', async () => {
    const { proxy, database } = await behindProxy(1)
    const session = await database.connect()
    const copy = session.copyOut(`select repeat('x', 1000), 1::bigint from generate_series(1, 100000)`)
    const read = async (): Promise<void> => {
      let isFirst = true
      for await (const { release } of copy.chunks) {
        if (isFirst) proxy.silence()
        isFirst = false
        release()
      }
    }
    await expect(read()).rejects.toMatchObject({ code: 'database_unavailable' })
    session.release(true)
    expect(await database.query('select 1 as one')).toEqual([{ one: 1 }])
  })

  test('a database that falls silent in a transaction rolls back and does not block the stop', async () => {
    const { proxy, database } = await behindProxy(1)
    const failing = database.transaction(async (session) => {
      await session.query('create table half (n int)')
      proxy.silence()
      await session.query('select 1')
    })
    await expect(failing).rejects.toMatchObject({ code: 'database_unavailable' })
    expect(await database.query(`select to_regclass('half') as half`)).toEqual([{ half: null }])
  })

  test('a database stops even if a caller holds a connection', async () => {
    const database = openDatabase(made.connectionOptions)
    await database.connect()
    await database.stop()
  })

  test('P20 a database with a locked table refuses a request in time and answers others', async () => {
    const database = openDatabase({
      ...made.connectionOptions,
      limits: {
        ...SHORT,
        answerSeconds: 10,
        server: { statementSeconds: 5, lockSeconds: 0.1, idleSeconds: 60 },
      },
    })
    onTestFinished(() => database.stop())
    await made.database.transaction(async (holder) => {
      await holder.query('lock table muster.users')
      await expect(database.query('select count(*) from muster.users')).rejects.toMatchObject({
        code: 'database_unavailable',
        message: 'Another session has locked a table of the database. Try again later.',
      })
      expect(await database.query('select 1 as one')).toEqual([{ one: 1 }])
    })
  })

  test('P29 the server ends a transaction that keeps its locks without a statement', async () => {
    const database = openDatabase({
      ...made.connectionOptions,
      limits: { ...SHORT, server: { statementSeconds: 5, lockSeconds: 5, idleSeconds: 0.1 } },
    })
    onTestFinished(() => database.stop())
    const idle = database.transaction(async (session) => {
      const [row] = await session.query<{ pid: number }>('select pg_backend_pid() as pid')
      const isOpen = () =>
        made.database
          .query('select from pg_stat_activity where pid = $1', [row?.pid])
          .then(({ length }) => length)
      await expect.poll(isOpen, { timeout: 5_000 }).toBe(0)
      await session.query('select 1')
    })
    await expect(idle).rejects.toMatchObject({ code: 'database_unavailable' })
    expect(await database.query('select 1 as one')).toEqual([{ one: 1 }])
  })

  test('a database ends a statement of a request that is too slow, but not a long transaction', async () => {
    const database = openDatabase({
      ...made.connectionOptions,
      limits: {
        ...SHORT,
        answerSeconds: 0.5,
        server: { statementSeconds: 0.1, lockSeconds: 5, idleSeconds: 60 },
      },
    })
    onTestFinished(() => database.stop())
    await expect(database.query('select pg_sleep(60)')).rejects.toMatchObject({
      message: 'The database took too long for an answer. Try again later.',
    })
    await database.transaction((session) => session.query('select pg_sleep(0.7)'), { isLong: true })
  })
})

describe.each(ENGINES)('a schema on $name', (engine) => {
  test('a schema that a newer version made is not changed, and the refusal names both versions', async () => {
    const { database, stop } = await withDatabase(engine)
    onTestFinished(stop)
    await migrate(database)
    await database.query(`insert into muster.migrations (name) values ('9999 from the future')`)
    await expect(migrate(database)).rejects.toMatchObject({
      code: 'schema_newer',
      message: expect.stringMatching(/"9999 from the future" by a newer version.*steps up to "0/),
    })
  })
})
