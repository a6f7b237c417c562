import assert from 'node:assert/strict'
import { once } from 'node:events'
import { access, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createConnection, type Socket } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, test } from 'vitest'
import type { Database } from '../../src/pg/database.ts'
import { type EmbeddedPostgres, startEmbedded } from '../../src/pg/embedded.ts'
import { openEmbeddedDatabase } from '../../src/pg/embedded-database.ts'
import { readMigrations } from '../../src/pg/migrations.ts'
import { copyEmbeddedTemplate } from '../fixtures/engines.ts'
import { startChild } from '../fixtures/start-child.ts'

let folder: string
const closers: (() => Promise<unknown>)[] = []

beforeEach(async () => {
  folder = await copyEmbeddedTemplate()
  closers.push(() => rm(folder, { recursive: true, force: true }))
})
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function start(at = folder): Promise<{ engine: EmbeddedPostgres; database: Database }> {
  const engine = await startEmbedded(at)
  closers.push(() => engine.stop())
  const database = openEmbeddedDatabase(engine.socketFolder)
  closers.push(() => database.stop())
  return { engine, database }
}

describe('the embedded engine', () => {
  test('the socket of the embedded engine is in a folder that only this user can enter, old or new', async () => {
    await mkdir(join(folder, 'socket'), { mode: 0o755 })
    const { engine } = await start()
    assert.equal((await stat(engine.socketFolder)).mode & 0o777, 0o700)
  })

  test('a socket that a killed process left does not prevent a start', async () => {
    await mkdir(join(folder, 'socket'))
    await writeFile(join(folder, 'socket', '.s.PGSQL.5432'), '')
    const { database } = await start()
    assert.deepEqual(await database.query('select 1 as one'), [{ one: 1 }])
  })

  test('a data folder too deep for a socket path gets a private folder elsewhere, removed at the stop', async () => {
    const deep = join(folder, 'd'.repeat(100))
    await mkdir(deep)
    await rename(join(folder, 'pgdata'), join(deep, 'pgdata'))
    const engine = await startEmbedded(deep)
    assert.ok(!engine.socketFolder.startsWith(deep))
    assert.equal((await stat(engine.socketFolder)).mode & 0o777, 0o700)
    await engine.stop()
    await assert.rejects(access(engine.socketFolder))
  })

  test('a first start copies the prepared cluster, which is migrated and has no user, job, client or secret', async () => {
    const fresh = join(folder, 'fresh')
    const { database } = await start(fresh)
    const applied = await database.query<{ name: string }>('select name from muster.migrations order by name')
    assert.deepEqual(
      applied.map(({ name }) => name),
      readMigrations().map(({ name }) => name),
    )
    for (const table of ['users', 'connections', 'jobs', 'clients', 'secrets', 'deleted_users']) {
      assert.deepEqual(await database.query(`select from muster.${table}`), [], table)
    }
  })

  test('the prepared cluster can be read by all users, and written by none but its owner', async () => {
    const prepared = join(import.meta.dirname, '..', '..', 'dist', 'prepared-cluster')
    for (const entry of await readdir(prepared, { recursive: true, withFileTypes: true })) {
      const { mode } = await stat(join(entry.parentPath, entry.name))
      assert.equal(mode & 0o066, 0o044, entry.name)
    }
  })

  test('a folder that is no database of Muster is refused as database_unavailable', async () => {
    await rm(join(folder, 'pgdata', 'global'), { recursive: true })
    await assert.rejects(startEmbedded(folder), { code: 'database_unavailable' })
  })

  test('the embedded engine stops within five seconds during a statement, and starts again', async () => {
    const { engine } = await start()
    const client = await rawClient(engine.socketFolder)
    client.socket.write(message('Q', 'select count(*) from generate_series(1, 10000000000)\0'))
    client.socket.on('error', () => undefined)
    await nothingFrom(client.socket)
    const began = performance.now()
    await engine.stop()
    assert.ok(performance.now() - began < 5_000)
    const again = await start()
    assert.equal((await again.database.query('select 1')).length, 1)
  })
})

/** What pg would never send, byte by byte: a client that breaks off anywhere. */
async function rawClient(
  socketFolder: string,
): Promise<{ send(...messages: Buffer[]): Promise<void>; socket: Socket }> {
  const socket = createConnection(join(socketFolder, '.s.PGSQL.5432'))
  await once(socket, 'connect')
  const words = Buffer.from('\0\u0003\0\0user\0postgres\0database\0postgres\0\0')
  const length = Buffer.alloc(4)
  length.writeInt32BE(words.length + 4)
  const send = async (...messages: Buffer[]): Promise<void> => {
    const answered = once(socket, 'data')
    socket.write(Buffer.concat(messages))
    await answered
  }
  await send(length, words)
  return { send, socket }
}

// An answer that does not come within this time is one that is still being made.
function nothingFrom(socket: Socket): Promise<unknown> {
  return Promise.race([once(socket, 'data'), setTimeout(200)])
}

function message(type: string, body: string): Buffer {
  const made = Buffer.alloc(5 + Buffer.byteLength(body))
  made.write(type)
  made.writeInt32BE(made.length - 1, 1)
  made.write(body, 5)
  return made
}

describe('a client that disconnects from the embedded engine', () => {
  test('a client that disconnects in a transaction blocks nothing, and the transaction is rolled back', async () => {
    const { engine, database } = await start()
    await database.query('create table leftovers (n int)')
    const client = await rawClient(engine.socketFolder)
    await client.send(message('Q', 'begin; insert into leftovers values (1)\0'))
    client.socket.destroy()
    assert.deepEqual(await database.query('select n from leftovers'), [])
  })

  test('a client that disconnects after sending begin blocks nothing', async () => {
    const { engine, database } = await start()
    for (let round = 0; round < 20; round++) {
      const client = await rawClient(engine.socketFolder)
      client.socket.write(message('Q', 'begin\0'))
      setImmediate(() => client.socket.destroy())
      assert.equal((await database.query('select 1')).length, 1)
    }
  })

  test('a client that disconnects after a failed statement, before its Sync, blocks nothing', async () => {
    const { engine, database } = await start()
    const client = await rawClient(engine.socketFolder)
    await client.send(message('P', '\0this is no sql\0\0\0'))
    client.socket.destroy()
    assert.equal((await database.query('select 1')).length, 1)
    assert.deepEqual(await database.query('select $1::int as n', [7]), [{ n: 7 }])
  })

  test('a client that disconnects during a COPY blocks nothing', async () => {
    const { engine, database } = await start()
    const client = await rawClient(engine.socketFolder)
    await client.send(message('Q', 'copy (select generate_series(1, 200000)) to stdout\0'))
    client.socket.destroy()
    assert.equal((await database.query('select 1')).length, 1)
  })

  test('a client that disconnects within a message blocks nothing', async () => {
    const { engine, database } = await start()
    const client = await rawClient(engine.socketFolder)
    client.socket.write(message('Q', 'select 1\0').subarray(0, 7))
    client.socket.destroy()
    assert.equal((await database.query('select 1')).length, 1)
  })
})

// Each round waits for 150 commits on the disk, and for a start after a crash.
test('a row that was acknowledged survives a kill of the process', { timeout: 180_000 }, async () => {
  const { database, engine } = await start()
  await database.query('create table acknowledged (n int primary key)')
  await database.stop()
  await engine.stop()
  closers.splice(1)
  for (let round = 0; round < 3; round++) {
    const last = await insertUntilKilled(folder, round * 100_000)
    const again = await start()
    const rows = await again.database.query<{ count: bigint; max: number }>(
      'select count(*), max(n) from acknowledged where n >= $1',
      [round * 100_000],
    )
    const [row] = rows
    assert.ok(Number(row?.count) >= last - round * 100_000 + 1, `${row?.count} rows, ${last} acknowledged`)
    assert.equal(Number(row?.count), Number(row?.max) - round * 100_000 + 1)
    await again.database.stop()
    await again.engine.stop()
    closers.splice(1)
  }
})

// Returns the last number that the child said was committed.
async function insertUntilKilled(at: string, from: number): Promise<number> {
  const child = startChild('./insert-rows.ts', at, String(from))
  let last = from - 1
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line)
    if (last >= from + 150) child.kill('SIGKILL')
  }
  return last
}
