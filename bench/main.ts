import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startPostgres } from '../test/fixtures/postgres-server.ts'
import type { Bench } from './bench.ts'
import { cli } from './cli.ts'
import { consoleReads } from './console.ts'
import { type EmbeddedResult, embedded } from './embedded.ts'
import { fair } from './fair.ts'
import { floor } from './floor.ts'
import { keycloak } from './keycloak.ts'
import { live } from './live.ts'
import { startMuster } from './muster.ts'
import { paired } from './paired.ts'
import { markdownOf, type Report } from './report.ts'
import { missingPrograms, NDJSON_FIELDS } from './rivals.ts'
import { s3 } from './s3.ts'
import { scale } from './scale.ts'
import { small } from './small.ts'
import { newTenant, onServer } from './tenant.ts'

const TENANT_PARTS = ['csv', 'ndjson', 'embedded', 'small', 'live', 'fair', 'console', 'cli'] as const
const PARTS = [...TENANT_PARTS, 'scale', 's3', 'keycloak'] as const
type Part = (typeof PARTS)[number]

const USAGE = `npm run bench -- [--users N] [--pairs N] [--seed N] [--only ${PARTS.join(',')}] [--json FILE] [--database-url URL]

--users N           users in the tenant that is exported (1000000)
--pairs N           rounds in which Muster and its rivals take turns (5)
--only PARTS        with commas between them; all of them otherwise
--json FILE         writes every figure there; bench/write-docs.ts makes docs/performance.md of it
--database-url URL  a PostgreSQL 15 or later on this machine, by a role that may create databases; one is
                    started otherwise, from the binaries that the development dependencies bring
`

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '1000000' },
    pairs: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: PARTS.join(',') },
    json: { type: 'string' },
    'database-url': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

const say = (line: string): void => void process.stderr.write(`${line}\n`)

function whole(name: 'users' | 'pairs' | 'seed'): number {
  const number = Number(values[name])
  if (Number.isSafeInteger(number) && number > 0) return number
  throw new Error(`--${name}: expected a whole number above 0, got ${values[name]}`)
}

function partsOf(list: string): readonly Part[] {
  const wanted = list.split(',')
  const unknown = wanted.filter((part) => !PARTS.some((known) => known === part))
  if (unknown.length > 0)
    throw new Error(`--only: expected some of ${PARTS.join(', ')}, got ${unknown.join(', ')}`)
  return PARTS.filter((part) => wanted.includes(part))
}

type Measured = { -readonly [Name in keyof Report]?: Report[Name] }

async function measure(serverUrl: string): Promise<Report> {
  const [users, pairs, seed, parts] = [whole('users'), whole('pairs'), whole('seed'), partsOf(values.only)]
  const startedAt = new Date().toISOString()
  const cores = availableParallelism()
  const folder = await mkdtemp(join(tmpdir(), 'muster-bench-files-'))
  const server = await serverOf(serverUrl)
  const measured: Measured = {}
  // Each tenant has its own server, so that the memory of one run does not count in the next.
  const onTenant = async (size: number, work: (bench: Bench) => Promise<void>): Promise<void> => {
    say(`filling a tenant with ${size} users`)
    const tenant = await newTenant(serverUrl, size, seed)
    try {
      const muster = await startMuster(tenant.databaseUrl)
      const { databaseUrl } = tenant
      await work({
        databaseUrl,
        postmasterPid: server.pid,
        muster,
        users: size,
        pairs,
        cores,
        folder,
        say,
      }).finally(() => muster.stop())
    } finally {
      await tenant.drop()
    }
  }
  try {
    if (TENANT_PARTS.some((part) => parts.includes(part))) {
      await onTenant(users, async (bench) => {
        if (parts.includes('small')) measured.small = [await small(bench, 100), await small(bench, 1000)]
        if (parts.includes('csv')) {
          measured.csv = await paired(bench, 'csv')
          measured.floor = await floor(bench)
        }
        if (parts.includes('ndjson')) measured.ndjson = await paired(bench, 'json')
        if (parts.includes('live')) measured.live = await live(bench)
        if (parts.includes('fair')) measured.fair = await fair(bench)
        if (parts.includes('console')) measured.console = await consoleReads(bench)
        if (parts.includes('cli')) measured.cli = await cli(bench)
        if (parts.includes('embedded')) measured.embedded = await onEmbedded(bench, Math.min(users, 200_000))
      })
    }
    if (parts.includes('s3')) {
      const result = await s3({ serverUrl, users, pairs, seed, say })
      if (result !== undefined) measured.s3 = result
    }
    if (parts.includes('keycloak')) {
      const place = { serverUrl, postmasterPid: server.pid, cores, folder }
      measured.keycloak = await keycloak({ ...place, users, pairs, seed, say })
    }
    if (parts.includes('scale')) {
      measured.scale = []
      for (const size of [users / 10, users, users * 5]) {
        await onTenant(Math.ceil(size), async (bench) => {
          measured.scale = [...(measured.scale ?? []), await scale(bench)]
        })
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return {
    machine: {
      cores,
      cpu: cpus()[0]?.model ?? '',
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      node: process.versions.node,
      postgres: server.version,
      zlib: process.versions.zlib,
      compressor: await compressor(),
    },
    startedAt,
    users,
    pairs,
    seed,
    ...measured,
  }
}

// The same choice that Muster makes when it starts on this machine.
async function compressor(): Promise<string> {
  const isThere = (await missingPrograms(['igzip'])).length === 0
  return process.env['MUSTER_COMPRESSOR'] ?? (isThere ? 'igzip' : 'zlib')
}

async function onEmbedded(bench: Bench, users: number): Promise<EmbeddedResult> {
  const { job } = await bench.muster.job('jobs/users-exports', {
    format: 'json',
    limit: users,
    fields: NDJSON_FIELDS,
  })
  const file = join(bench.folder, 'embedded.json.gz')
  await bench.muster.download(job, file)
  return embedded(bench, users, file)
}

// The postmaster is the parent process of our session. If the server is on another machine, there is none here.
async function serverOf(url: string): Promise<{ version: string; pid: number | undefined }> {
  return onServer(url, async (client) => {
    const { rows } = await client.query<{ version: string; folder: string }>(
      "select split_part(current_setting('server_version'), ' ', 1) as version, current_setting('data_directory') as folder",
    )
    const { version = '', folder = '' } = rows[0] ?? {}
    return { version, pid: await postmasterOf(folder) }
  })
}

async function postmasterOf(dataFolder: string): Promise<number | undefined> {
  const text = await readFile(join(dataFolder, 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number(text.split('\n')[0])
  return pid > 0 ? pid : undefined
}

async function main(): Promise<void> {
  if (values.help) return void process.stdout.write(USAGE)
  const missing = await missingPrograms(['psql', 'gzip', 'pigz'])
  if (missing.length > 0)
    throw new Error(`the rivals need ${missing.join(', ')} (Debian: postgresql-client, pigz)`)
  const given = values['database-url']
  const started = given === undefined ? await startPostgres() : undefined
  try {
    const report = await measure(given ?? started?.url ?? '')
    process.stdout.write(`${markdownOf(report)}\n`)
    if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, null, 2)}\n`)
  } finally {
    await started?.stop()
  }
}

await main()
