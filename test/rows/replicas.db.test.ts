import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { systemStopwatch } from '../../src/domain/clock.ts'
import { type Database, openDatabase } from '../../src/pg/database.ts'
import { loadOf } from '../../src/pg/load.ts'
import { migrate } from '../../src/pg/migrate.ts'
import { musterUsers } from '../../src/relations/muster-users.ts'
import { pgReplicas } from '../../src/rows/pg/replicas.ts'
import { openShared } from '../../src/rows/pg/shared-snapshot.ts'
import { pgRowSource } from '../../src/rows/pg-row-source.ts'
import { pgConnectionStore } from '../../src/users/pg-connection-store.ts'
import { pgUserStore } from '../../src/users/pg-user-store.ts'
import { tickingClock } from '../fixtures/clock.ts'
import { exportDeps, exported, jsonLines, newExportJob } from '../fixtures/export-harness.ts'
import { addUser, connection } from '../fixtures/export-tenant.ts'
import { type Replicated, startReplicated } from '../fixtures/postgres-server.ts'

const server = inject('postgres')

describe.skipIf('missing' in server)('an export with a replica', () => {
  let servers: Replicated
  let primary: Database
  let standby: Database
  const reasons: string[] = []
  beforeAll(async () => {
    servers = await startReplicated()
    primary = openDatabase({ url: servers.primary.url, connectionsMax: 10 })
    standby = openDatabase({ url: servers.standby.url, connectionsMax: 10 })
    await migrate(primary)
    await pgConnectionStore(primary).add(connection)
  }, 60_000)
  afterAll(async () => {
    await primary.stop()
    await standby.stop()
    await servers.primary.stop()
  })
  beforeEach(async () => {
    reasons.length = 0
    await primary.query('delete from muster.users')
  })

  async function exportedFrom(replica: Database, request = {}, waitSeconds = 20) {
    const replicas = pgReplicas({
      primary,
      databases: [replica],
      waitSeconds,
      stopwatch: systemStopwatch,
      onPrimary: (reason) => reasons.push(String(reason)),
    })
    const bounds = { parallel: 2, usersPerRange: 2, relation: musterUsers, openSnapshot: openShared }
    const rows = pgRowSource(primary, tickingClock, { ...bounds, replicas })
    const deps = exportDeps({ ...primary, openSnapshot: openShared }, { rows })
    const { text, receipt } = await exported(newExportJob({ format: 'json', ...request }), deps)
    return { emails: jsonLines(text).map(({ email }) => email), until: receipt.until ?? '' }
  }

  const add = async (name: string) => (await addUser(primary, { email: `${name}@example.com` })).user_id

  test('P1 an export reads on the replica what was committed before', async () => {
    for (const name of ['a', 'b', 'c']) await add(name)
    let reads = 0
    const watched = (database: Database): Database => ({
      ...database,
      until: (signal) => watched(database.until(signal)),
      connect: async () => {
        const session = await database.connect()
        const copyOut: typeof session.copyOut = (query) => {
          reads++
          return session.copyOut(query)
        }
        return { ...session, copyOut }
      },
    })
    expect((await exportedFrom(watched(standby))).emails).toHaveLength(3)
    expect({ reads, reasons }).toEqual({ reads: 2, reasons: [] })
  })

  test('P1 an export waits for a replica that is behind', async () => {
    await standby.query('select pg_wal_replay_pause()')
    await add('late')
    const running = exportedFrom(standby)
    await standby.query('select pg_wal_replay_resume()')
    expect((await running).emails).toEqual(['late@example.com'])
    expect(reasons).toEqual([])
  })

  test('P29 the WAL that a replica has not replayed is its lag, also while the replica replays nothing', async () => {
    const MIB = 1_048_576
    const lag = async (): Promise<number> => (await loadOf(primary)).lagBytes
    await standby.query('select pg_wal_replay_pause()')
    const isPaused = () => standby.query('select pg_get_wal_replay_pause_state() as state')
    await expect.poll(isPaused, { timeout: 5_000 }).toEqual([{ state: 'paused' }])
    await primary.query(`select pg_logical_emit_message(true, 'load', repeat('x', ${2 * MIB}))`)
    await expect.poll(lag, { timeout: 5_000 }).toBeGreaterThan(2 * MIB)
    await standby.query('select pg_wal_replay_resume()')
    await expect.poll(lag, { timeout: 20_000 }).toBeLessThan(MIB)
  })

  test('P1 an export reads from the primary if the replica stays behind', async () => {
    await standby.query('select pg_wal_replay_pause()')
    await add('newest')
    const { emails } = await exportedFrom(standby, {}, 0)
    await standby.query('select pg_wal_replay_resume()')
    expect(emails).toEqual(['newest@example.com'])
    expect(reasons).toEqual(['Failure: The replica is behind after 0 s.'])
  })

  test('P1 an export reads from the primary if the replica cannot be reached or is another database', async () => {
    await add('only')
    const gone = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', connectionsMax: 2 })
    expect((await exportedFrom(gone)).emails).toEqual(['only@example.com'])
    await gone.stop()
    if ('missing' in server) throw new Error(server.missing)
    const foreign = openDatabase({ url: server.url, connectionsMax: 2 })
    expect((await exportedFrom(foreign)).emails).toEqual(['only@example.com'])
    await foreign.stop()
    expect((await exportedFrom(primary)).emails).toEqual(['only@example.com'])
    expect(reasons).toEqual([
      expect.stringContaining('refuses connections'),
      'Failure: The replica replicates another primary.',
      'Failure: The replica is no standby.',
    ])
  })

  test('P11 a chain of exports on a replica misses no change of a transaction that was open', async () => {
    const open = await primary.connect()
    const id = await add('old')
    await open.query('begin')
    await open.query(`update muster.users set name = 'changed' where user_id = $1`, [id])
    const first = await exportedFrom(standby)
    await open.query('commit')
    open.release()
    const next = await exportedFrom(standby, { since: first.until })
    expect(next.emails).toEqual(['old@example.com'])
    await pgUserStore(primary).remove(id)
    const last = await exportedFrom(standby, { since: next.until })
    expect(last.emails).toHaveLength(1)
    expect(reasons).toEqual([])
  })
})
