import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { apiOf, discard, ENGINES, emptyOn, type Server, startServer } from './harness.ts'
import { newFolder } from './start-process.ts'

let server: Server | undefined
afterEach(() => discard(server))

interface Place {
  readonly folder: string
  readonly databaseUrl?: string
}

/** Runs SQL on the database of a server that does not run. */
async function sql({ folder, databaseUrl }: Place, text: string): Promise<unknown[]> {
  if (databaseUrl === undefined) {
    const engine = new PGlite(join(folder, 'pgdata'))
    const { rows } = await engine.query(text)
    await engine.close()
    return rows
  }
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const { rows } = await client.query(text)
  await client.end()
  return rows
}

/** Another client of an external PostgreSQL, which has the table of users to itself until the test ends. */
async function lockUsers(connectionString: string): Promise<pg.Client> {
  const holder = new pg.Client({ connectionString })
  await holder.connect()
  onTestFinished(() => holder.end())
  await holder.query('begin; lock table muster.users')
  return holder
}

const USERS = `insert into muster.users (connection_id, user_id, identities, created_at, updated_at, nickname)
  select id, 'auth0|' || n, '[]', now(), now(), repeat(md5(n::text), 20)
  from muster.connections, generate_series(1, 40000) as n`

const WAITING = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`

// Half a minute for so many users on the embedded engine.
const slow = Array.from({ length: 280 }, (_, n) => `nickname:*z${n + 100}*`).join(' OR ')
const sorted = { q: slow, sort: 'logins_count:1' }

describe.each(ENGINES)('a server on %s that gets SIGTERM while an export opens', (engine) => {
  test.each([
    ['counts', { format: 'json', q: slow }],
    ['sorts', { format: 'json', ...sorted }],
    ['discovers columns', { format: 'csv', ...sorted, limit: 1_000_000, metadata_columns: 'discover' }],
  ])('P19 a server ends in time and hands its job back while the database %s', async (_, body) => {
    const place = { folder: newFolder(), ...(await emptyOn(engine)) }
    server = await startServer(place)
    await server.end('SIGTERM')
    await sql(place, USERS)
    const { databaseUrl } = place
    server = await startServer(place)
    const holder = databaseUrl === undefined ? undefined : await lockUsers(databaseUrl)
    const api = await apiOf(server)
    const { id } = (await (await api.post('jobs/users-exports', body)).json()) as { id: string }
    const waiting = async () => (await holder?.query(WAITING))?.rowCount
    // On the embedded engine a look at the job waits until the statement has ended.
    if (holder === undefined)
      await Promise.race([api.job(id, 'processing').catch(() => undefined), pause(2000)])
    else await expect.poll(waiting, { timeout: 30_000 }).toBe(1)
    const { code, seconds } = await server.end('SIGTERM')
    expect(code).toBe(0)
    expect(seconds).toBeLessThan(10)
    const jobs = await sql(
      place,
      'select status, fence::int, claims, leased_until, status_details from muster.jobs',
    )
    expect(jobs).toEqual([
      { status: 'pending', fence: 1, claims: 0, leased_until: null, status_details: null },
    ])
    // The server looks for its clients once a second.
    if (holder !== undefined) await expect.poll(waiting, { timeout: 3000 }).toBe(0)
  })
})
