import { readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as later } from 'node:timers/promises'
import pg from 'pg'
import { startPostgres } from '../test/fixtures/postgres-server.ts'
import { type Muster, startMuster } from './muster.ts'
import { newTenant } from './tenant.ts'
import { memoryMiB } from './usage.ts'

// npm run soak -- MINUTES: exports, imports, deletes, downloads that are cut and jobs that expire, for a long time. Looks each
// minute at what could grow, and ends with 1 if the last third has more of it than the first.

const MINUTES = Number(process.argv[2] ?? 30)
const USERS = 20_000
const IMPORTED = 300
const MINUTE_MS = 60_000
// The compressor, the pools and the caches reach their size within this time.
const WARM_UP_MINUTES = 3

interface Look {
  readonly memoryMiB: number
  readonly descriptors: number
  readonly connections: number
  readonly tablesMiB: number
  readonly jobs: number
}

/** More than this, from the first third to the last, is growth and not noise. */
const MORE_MAX: Look = { memoryMiB: 25, descriptors: 5, connections: 3, tablesMiB: 30, jobs: 200 }

type Work = (muster: Muster) => Promise<void>

async function asked(muster: Muster, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${muster.url}/api/v2/${path}`, { ...init, headers: { ...muster.headers, ...init.headers } })
}

async function connectionId(muster: Muster): Promise<string> {
  const [first] = (await muster.json('connections')) as unknown as { id: string }[]
  return first?.id ?? ''
}

const works = (folder: string): Readonly<Record<string, Work>> => ({
  exported: async (muster) => {
    const format = Math.random() < 0.5 ? 'csv' : 'json'
    const { job } = await muster.job('jobs/users-exports', { format })
    await muster.download(job, join(folder, `${String(job['id'])}.gz`))
    await asked(muster, `jobs/${String(job['id'])}/receipt`)
    await rm(join(folder, `${String(job['id'])}.gz`))
  },
  deleted: async (muster) => {
    const job = await muster.json('jobs/users-exports', { format: 'csv', sort: 'email:1' })
    await later(Math.random() * 200)
    await asked(muster, `jobs/${String(job['id'])}`, { method: 'DELETE' })
  },
  cut: async (muster) => {
    const { job } = await muster.job('jobs/users-exports', { format: 'json' })
    const { location } = await muster.json(`jobs/${String(job['id'])}`)
    const response = await fetch(String(location))
    await response.body?.getReader().cancel()
  },
  imported: async (muster) => {
    const users = Array.from({ length: IMPORTED }, (_, n) => ({
      email: `soak${n}@example.com`,
      user_metadata: { n: Math.random() },
    }))
    const form = new FormData()
    form.set('connection_id', await connectionId(muster))
    form.set('upsert', 'true')
    form.set('users', new Blob([JSON.stringify(users)]), 'users.json')
    const response = await asked(muster, 'jobs/users-imports', { method: 'POST', body: form })
    // Two imports run at a time, so a third is refused.
    if (response.status === 429) return later(500)
    await muster.wait((await response.json()) as Record<string, unknown>)
  },
  listed: async (muster) => {
    await muster.json('jobs?type=users_export&take=50')
    await later(200)
  },
})

async function repeat(work: Work, muster: Muster, until: number): Promise<number> {
  let times = 0
  while (performance.now() < until) {
    await work(muster)
    times++
  }
  return times
}

/** Makes jobs that are two minutes old as old as the sweeper wants them. */
async function age(client: pg.Client): Promise<void> {
  await client.query(
    `update muster.jobs set created_at = created_at - interval '24 hours'
     where created_at < now() - interval '2 minutes' and status in ('completed', 'failed', 'expired')`,
  )
}

async function look({ pid }: Muster, client: pg.Client): Promise<Look> {
  const { rows } = await client.query<{ connections: string; bytes: string; jobs: string }>(
    `select (select count(*) from pg_stat_activity where datname = current_database()) as connections,
       (select sum(pg_total_relation_size(oid)) from pg_class
        where relnamespace = 'muster'::regnamespace and relkind = 'r') as bytes,
       (select count(*) from muster.jobs) as jobs`,
  )
  return {
    memoryMiB: memoryMiB(pid).now,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    connections: Number(rows[0]?.connections),
    tablesMiB: Number(rows[0]?.bytes) / 2 ** 20,
    jobs: Number(rows[0]?.jobs),
  }
}

// Garbage that waits for its collection adds up to 50 MiB at times. What has leaked is there at each look, so the least
// value of a third shows it.
function report(looks: readonly Look[]): boolean {
  const third = Math.max(Math.floor(looks.length / 3), 1)
  let isSteady = true
  for (const name of Object.keys(MORE_MAX) as (keyof Look)[]) {
    const [first, last] = [looks.slice(0, third), looks.slice(-third)].map((some) =>
      Math.min(...some.map((one) => one[name])),
    ) as [number, number]
    const grows = last - first > MORE_MAX[name]
    isSteady &&= !grows
    process.stdout.write(
      `${name}, at least: first third ${first.toFixed(0)}, last third ${last.toFixed(0)}${grows ? ': IT GROWS' : ''}\n`,
    )
  }
  return isSteady
}

const folder = await mkdtemp(join(tmpdir(), 'muster-soak-'))
const server = await startPostgres()
try {
  const tenant = await newTenant(server.url, USERS, 1)
  const muster = await startMuster(tenant.databaseUrl)
  const client = new pg.Client({ connectionString: tenant.databaseUrl })
  await client.connect()
  const until = performance.now() + MINUTES * MINUTE_MS
  const running = Object.entries(works(folder)).map(
    async ([name, work]) => `${name} ${await repeat(work, muster, until)}`,
  )
  const looks: Look[] = []
  for (let minute = 1; minute < MINUTES; minute++) {
    await later(MINUTE_MS)
    await age(client)
    const seen = await look(muster, client)
    process.stdout.write(
      `${minute} min: ${Object.entries(seen)
        .map(([name, value]) => `${name} ${value.toFixed(0)}`)
        .join(', ')}\n`,
    )
    if (minute > WARM_UP_MINUTES) looks.push(seen)
  }
  process.stdout.write(`done: ${(await Promise.all(running)).join(', ')}\n`)
  await client.end()
  await muster.stop()
  process.exitCode = report(looks) ? 0 : 1
} finally {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}
