import assert from 'node:assert/strict'
import { afterAll, beforeAll, beforeEach, describe, test } from 'vitest'
import { type Database, type HeldSession, openDatabase } from '../../src/pg/database.ts'
import { sqlState } from '../../src/pg/failure-of.ts'
import { migrate } from '../../src/pg/migrate.ts'
import { readMigrations } from '../../src/pg/migrations.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'

describe.each(ENGINES)('the database on $name', (engine) => {
  let given: TestDatabase
  let database: Database
  beforeAll(async () => {
    given = await withDatabase(engine)
    database = given.database
    await database.query('create table notes (n int primary key, note text)')
  })
  afterAll(() => given?.stop())
  beforeEach(() => database.query('delete from notes'))

  const notes = async (): Promise<number[]> =>
    (await database.query<{ n: number }>('select n from notes order by n')).map(({ n }) => n)

  test('a new database is migrated and has no users, and its 64-bit integers are bigint', async () => {
    const [row] = await database.query<{ users: bigint }>('select count(*) as users from muster.users')
    assert.equal(row?.users, 0n)
  })

  test('a transaction that fails leaves nothing, and its own error is the one reported', async () => {
    const own = new Error('our own reason')
    const failing = database.transaction(async (session) => {
      await session.query('insert into notes values (1)')
      throw own
    })
    await assert.rejects(failing, (error) => error === own)
    assert.deepEqual(await notes(), [])
  })

  test('a statement that breaks a constraint keeps the server’s code, and its connection stays usable', async () => {
    const failing = database.transaction(async (session) => {
      await session.query('insert into notes values (1)')
      await session.query('insert into notes values (1)')
    })
    await assert.rejects(failing, (error) => sqlState(error) === '23505')
    await assert.rejects(database.query('this is no sql'), (error) => sqlState(error) === '42601')
    assert.deepEqual(await notes(), [])
    assert.equal(sqlState(new Error('of ours')), undefined)
  })

  test('concurrent transactions see nothing of each other until they commit', async () => {
    const inTurn = async (session: { query: Database['query'] }, from: number): Promise<number[]> => {
      const seen: number[] = []
      for (let n = from; n < from + 10; n++) {
        await session.query('insert into notes values ($1, $2)', [n, 'x'.repeat(1000)])
        const rows = await session.query<{ n: number }>('select n from notes where n / 10 = $1', [from / 10])
        seen.push(rows.length)
      }
      return seen
    }
    const firsts = Array.from({ length: 5 }, (_, place) => place * 10)
    const transactions = firsts.map((from) => database.transaction((session) => inTurn(session, from)))
    const aside = Array.from({ length: 30 }, () => notes())
    for (const seen of await Promise.all(transactions))
      assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    for (const seen of await Promise.all(aside)) assert.equal(seen.length % 10, 0)
    assert.equal((await notes()).length, 50)
  })

  test('concurrent statements each get their own answer', async () => {
    const asked = Array.from({ length: 200 }, (_, n) => database.query('select $1::int as n', [n]))
    assert.deepEqual(
      (await Promise.all(asked)).flat(),
      Array.from({ length: 200 }, (_, n) => ({ n })),
    )
  })

  test('a second migration, even from several places at once, changes nothing', async () => {
    await Promise.all([migrate(database), migrate(database), migrate(database)])
    const rows = await database.query<{ name: string }>('select name from muster.migrations order by name')
    assert.deepEqual(
      rows.map(({ name }) => name),
      readMigrations().map(({ name }) => name),
    )
  })
})

// The embedded engine's socket server does not understand it.
describe.each(ENGINES.filter(({ name }) => name === 'postgres'))(
  'COPY into the database on $name',
  (engine) => {
    let given: TestDatabase
    let database: Database
    beforeAll(async () => {
      given = await withDatabase(engine)
      database = given.database
      await database.query('create table notes (n int primary key, note text)')
    })
    afterAll(() => given?.stop())
    beforeEach(() => database.query('delete from notes'))

    const count = async (): Promise<bigint | undefined> =>
      (await database.query<{ count: bigint }>('select count(*) from notes'))[0]?.count

    // More than fits between two processes, so that a refusal comes while there is more to write.
    function* rows(first: number): Generator<Buffer> {
      const note = 'x'.repeat(1000)
      for (let chunk = 0; chunk < 200; chunk++) {
        const from = first + chunk * 64
        yield Buffer.from(Array.from({ length: 64 }, (_, n) => `${from + n}\t${note}\n`).join(''))
      }
    }

    const copyNotes = (session: HeldSession, chunks: Iterable<Uint8Array>): Promise<void> => {
      assert(session.copyIn !== undefined)
      return session.copyIn('copy notes from stdin', chunks)
    }

    test('a COPY into the database stores every row', async () => {
      await database.transaction((session) => copyNotes(session, rows(0)))
      assert.equal(await count(), 12_800n)
    })

    test('a COPY into the database reports a refused row, and the transaction continues at its savepoint', async () => {
      for (const taken of [1, 12_799]) {
        await database.transaction(async (session) => {
          await session.query('insert into notes values ($1)', [taken])
          await session.query('savepoint before')
          const copying = copyNotes(session, rows(0))
          await assert.rejects(copying, (error) => sqlState(error) === '23505')
          await session.query('rollback to before')
          await copyNotes(session, [Buffer.from(`${-taken}\tlast\n`)])
        })
      }
      assert.equal(await count(), 4n)
    })

    test('a COPY into the database reports the error of its source', async () => {
      const own = new Error('our own reason')
      function* breaking(): Generator<Buffer> {
        yield* rows(0)
        throw own
      }
      const failing = database.transaction((session) => copyNotes(session, breaking()))
      await assert.rejects(failing, (error) => error === own)
      assert.equal(await count(), 0n)
    })

    test('a COPY into the database fails as unavailable, which may pass, if its connection breaks', async () => {
      let killed: Promise<unknown> = Promise.resolve()
      const failing = database.transaction(async (session) => {
        const [own] = await session.query<{ pid: number }>('select pg_backend_pid() as pid')
        function* killing(): Generator<Buffer> {
          yield Buffer.from('0\tfirst\n')
          killed = database.query('select pg_terminate_backend($1)', [own?.pid])
          for (let round = 0; round < 5; round++) yield* rows(1 + round * 12_800)
        }
        await copyNotes(session, killing())
        await killed
        await session.query('select 1')
      })
      await assert.rejects(failing, { code: 'database_unavailable', mayRetry: true })
      await killed
      assert.equal(await count(), 0n)
    })
  },
)

describe.each(ENGINES)('the database on $name, once its server is gone,', (engine) => {
  test('a database whose server has stopped is unavailable, which may pass', async () => {
    const { connectionOptions, database, stop } = await withDatabase(engine)
    await database.query('select 1')
    const other = openDatabase(connectionOptions)
    await stop()
    await assert.rejects(other.query('select 1'), (error: Error & { code: string; mayRetry: boolean }) => {
      // A database that was dropped is a rule of the server's: 3D000.
      assert.ok(error.code === 'database_unavailable' ? error.mayRetry : sqlState(error) === '3D000')
      return true
    })
    await other.stop()
  })
})

test('a server that cannot be reached is unavailable, which may pass', async () => {
  // Port 1 is reserved, and no server listens there.
  const database = openDatabase({
    url: 'postgres://nobody@127.0.0.1:1/none',
    connectionsMax: 1,
  })
  await assert.rejects(database.query('select 1'), { code: 'database_unavailable', mayRetry: true })
  await database.stop()
})
