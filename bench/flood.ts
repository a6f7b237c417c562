import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as later } from 'node:timers/promises'
import { startPostgres } from '../test/fixtures/postgres-server.ts'
import { type Muster, startMuster } from './muster.ts'
import { newTenant } from './tenant.ts'
import { forgetPeak, memoryMiB } from './usage.ts'

// npm run flood: measures an export of 100,000 users and its download, without load and under an attack: wrong secrets,
// pipelined requests, slow bodies and silent connections at the same time.

const USERS = Number(process.argv[2] ?? 100_000)
const ROUNDS = 5
const TIMES_MAX = 2
const MEMORY_MIB_MAX = 100

interface Round {
  readonly exportSeconds: number
  readonly downloadSeconds: number
}

async function round(muster: Muster, folder: string): Promise<Round> {
  const { seconds: exportSeconds, job } = await muster.job('jobs/users-exports', { format: 'csv' })
  const started = performance.now()
  await muster.download(job, join(folder, 'users.csv.gz'))
  return { exportSeconds, downloadSeconds: (performance.now() - started) / 1000 }
}

async function rounds(muster: Muster, folder: string): Promise<{ median: Round; peakMiB: number }> {
  forgetPeak(muster.pid)
  const all: Round[] = []
  for (let n = 0; n < ROUNDS; n++) all.push(await round(muster, folder))
  const median = (of: (round: Round) => number): number => all.map(of).sort((a, b) => a - b)[ROUNDS >> 1] ?? 0
  return {
    median: {
      exportSeconds: median(({ exportSeconds }) => exportSeconds),
      downloadSeconds: median(({ downloadSeconds }) => downloadSeconds),
    },
    peakMiB: memoryMiB(muster.pid).peak,
  }
}

async function underFlood<T>(url: string, work: () => Promise<T>): Promise<{ result: T; seen: string }> {
  const loader = ['--import', join(import.meta.dirname, '../test/fixtures/typescript-loader.js')]
  const sender = spawn(process.execPath, [...loader, join(import.meta.dirname, 'flood-sender.ts'), url], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let seen = ''
  sender.stdout.on('data', (chunk: Buffer) => {
    seen += chunk
  })
  const ended = new Promise((resolve) => sender.once('exit', resolve))
  // Measured while the attack is at its strongest.
  await later(3000)
  try {
    return { result: await work(), seen }
  } finally {
    sender.stdin.end()
    await ended
    process.stdout.write(`the flood was answered: ${seen}`)
  }
}

const folder = await mkdtemp(join(tmpdir(), 'muster-flood-'))
const server = await startPostgres()
try {
  const tenant = await newTenant(server.url, USERS, 1)
  const muster = await startMuster(tenant.databaseUrl)
  await round(muster, folder)
  const quiet = await rounds(muster, folder)
  const { result: flooded } = await underFlood(muster.url, () => rounds(muster, folder))
  await muster.stop()
  const ratio = (of: (round: Round) => number): number => of(flooded.median) / of(quiet.median)
  const times = [ratio(({ exportSeconds }) => exportSeconds), ratio(({ downloadSeconds }) => downloadSeconds)]
  const more = flooded.peakMiB - quiet.peakMiB
  const line = (name: string, { median, peakMiB }: typeof quiet): string =>
    `${name.padEnd(8)} export ${median.exportSeconds.toFixed(3)} s  download ${median.downloadSeconds.toFixed(3)} s  peak memory ${peakMiB.toFixed(0)} MiB\n`
  process.stdout.write(line('quietly', quiet) + line('flooded', flooded))
  process.stdout.write(
    `times the quiet time: export ${times[0]?.toFixed(2)}, download ${times[1]?.toFixed(2)}; memory ${more.toFixed(0)} MiB more\n`,
  )
  process.exitCode = times.every((time) => time <= TIMES_MAX) && more <= MEMORY_MIB_MAX ? 0 : 1
} finally {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}
