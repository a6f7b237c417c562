import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, describe, onTestFinished, test } from 'vitest'
import type { Lent } from '../../src/domain/lent.ts'
import { type CopyWay, lendingWay, plainWay } from '../../src/pg/copy-way.ts'
import { type Database, openDatabase } from '../../src/pg/database.ts'
import { openEmbeddedDatabase } from '../../src/pg/embedded-database.ts'
import { sqlState } from '../../src/pg/failure-of.ts'
import { openTried } from '../../src/pg/try-copy.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'
import { readLent } from '../fixtures/lender.ts'

const WAYS = { 'into one buffer': lendingWay, 'by pg-copy-streams': plainWay }
const ON_ENGINES = ENGINES.flatMap((engine) =>
  Object.entries(WAYS).map(([how, way]) => ({ engine, name: engine.name, how, way })),
)

describe.each(ON_ENGINES)('COPY from $name, read $how', ({ engine, way }) => {
  let given: TestDatabase
  let database: Database
  beforeAll(async () => {
    given = await withDatabase(engine, way)
    database = given.database
  })
  afterAll(() => given?.stop())

  test.each([0, 1, 40_000])('a COPY of %d texts gives exactly their bytes and their number', async (rows) => {
    const session = await database.connect()
    // Of many lengths, from none: what is cut into chunks is cut everywhere.
    const text = `repeat('é', n % 97) || case when n % 5000 = 0 then repeat('x', 200000) else '' end || E'\\n'`
    const copy = session.copyOut(
      `select ${text}, n::bigint * 1000 from generate_series(1, ${rows}) as n order by n`,
    )
    const bytes = await readLent(copy.chunks)
    session.release()
    const expected = Array.from({ length: rows }, (_, index) => {
      const n = index + 1
      return `${'é'.repeat(n % 97)}${n % 5000 === 0 ? 'x'.repeat(200_000) : ''}\n`
    })
    assert.equal(copy.total(), 500 * rows * (rows + 1))
    assert.ok(bytes.toString() === expected.join(''))
  })

  test('a COPY left early costs its connection, and the next statement gets another', async () => {
    const session = await database.connect()
    for await (const chunk of session.copyOut('select n::text, 1::bigint from generate_series(1, 50000) as n')
      .chunks) {
      assert.ok(chunk.bytes.length > 0)
      break
    }
    session.release(true)
    assert.deepEqual(await database.query('select 1 as one'), [{ one: 1 }])
  })

  test('a COPY that fails half way reports the reason', async () => {
    const session = await database.connect()
    const copy = session.copyOut(
      'select n::text, 1::bigint / (40000 - n) from generate_series(1, 50000) as n',
    )
    const reading = (async () => {
      await readLent(copy.chunks)
    })()
    await assert.rejects(reading, (error) => sqlState(error) === '22012')
    session.release(true)
    assert.deepEqual(await database.query('select 1 as one'), [{ one: 1 }])
  })

  test('a connection goes on after a COPY', async () => {
    const session = await database.connect()
    for (const n of [1, 2])
      assert.equal(
        (await readLent(session.copyOut(`select 'a user', ${n}::bigint`).chunks)).toString(),
        'a user',
      )
    assert.deepEqual(await session.query('select 1 as one'), [{ one: 1 }])
    session.release()
  })

  test('a connection that is cut while the reader has a chunk fails the read', async () => {
    const session = await database.connect()
    const chunks = session.copyOut(MANY_TEXTS).chunks[Symbol.asyncIterator]()
    const { value: chunk } = (await chunks.next()) as { value: Lent }
    session.release(true)
    chunk.release()
    const rest = async (): Promise<void> => {
      for (let next = await chunks.next(); next.done !== true; next = await chunks.next())
        next.value.release()
    }
    await assert.rejects(rest, { code: 'database_unavailable' })
  })
})

const MANY_TEXTS = `select repeat('x', 1000), 1::bigint from generate_series(1, 50000)`

describe.each(ENGINES)('COPY from $name into one buffer', (engine) => {
  let given: TestDatabase
  beforeAll(async () => {
    given = await withDatabase(engine)
  })
  afterAll(() => given?.stop())

  /** Reads a chunk of a COPY of many. */
  async function firstOf(database: Database) {
    const session = await database.connect()
    onTestFinished(() => session.release(true))
    const chunks = session.copyOut(MANY_TEXTS).chunks[Symbol.asyncIterator]()
    const { value } = (await chunks.next()) as { value: Lent }
    return { chunks, chunk: value }
  }

  test('a reader that asks for a chunk while holding another fails', async () => {
    const { chunks } = await firstOf(given.database)
    await assert.rejects(async () => chunks.next(), { name: 'AssertionError' })
  })

  test('a reader that releases a chunk twice fails', async () => {
    const { chunk } = await firstOf(given.database)
    chunk.release()
    assert.throws(() => chunk.release(), /cannot be released/)
  })

  test('a slow reader finds its chunk unchanged, and reads the rest', async () => {
    const { chunks, chunk } = await firstOf(given.database)
    // The server goes on sending.
    const text = Buffer.from(chunk.bytes).toString()
    for (let turn = 0; turn < 50; turn++) await setImmediate()
    assert.equal(Buffer.from(chunk.bytes).toString(), text)
    chunk.release()
    let bytes = text.length
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
      bytes += next.value.bytes.length
      next.value.release()
    }
    assert.equal(bytes, 50_000_000)
  })

  const open = (way: CopyWay): Database => {
    const { socketFolder, ...others } = given.connectionOptions
    if (socketFolder === undefined) return openDatabase({ ...others, copyWay: way })
    return openEmbeddedDatabase(socketFolder, undefined, way)
  }
  const opened = async (way?: CopyWay) => {
    const reasons: unknown[] = []
    const { database, copyWay } = await openTried(open, (reason) => reasons.push(reason), way)
    onTestFinished(() => database.stop())
    const session = await database.connect()
    const text = await readLent(session.copyOut(`select 'a user', 1::bigint`).chunks)
    session.release()
    assert.equal(text.toString(), 'a user')
    return { reasons, copyWay }
  }

  test('a sound trial leads to the lending way, and reports nothing', async () => {
    assert.deepEqual(await opened(), { reasons: [], copyWay: lendingWay })
  })

  // As if another release of `pg` had no socket to divert, or answered nothing.
  test.each<[string, CopyWay['copyOut']]>([
    ['fails', () => assert.fail('no socket')],
    ['gives other texts', (client, query) => lendingWay.copyOut(client, `${query} limit 3`)],
  ])('a trial that %s leads to the plain way, and the reason is reported', async (_, copyOut) => {
    const { reasons, copyWay: taken } = await opened({ ...lendingWay, copyOut })
    assert.equal(reasons.length, 1)
    assert.equal(taken, plainWay)
  })
})
