import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as later } from 'node:timers/promises'
import type { Bench } from './bench.ts'
import { median, rounded } from './figures.ts'
import { NDJSON_FIELDS } from './rivals.ts'
import { memoryMiB } from './usage.ts'

export interface CliResult {
  readonly users: number
  readonly rounds: number
  /** `muster export --gunzip`, from its start to its end. */
  readonly cliSeconds: number
  /** The same job by fetch, then `curl | gunzip` of its file. */
  readonly curlSeconds: number
  readonly ratio: number
  readonly cliPeakMiB: number
}

const MAIN = resolve(import.meta.dirname, '../dist/main.js')

/** All users to an unpacked NDJSON file: by the command, and by what people write without it, in turns. */
export async function cli(bench: Bench): Promise<CliResult> {
  const runs: { cli: number; curl: number; peakMiB: number }[] = []
  for (let round = 0; round < bench.pairs; round++) {
    const curl = await byCurl(bench)
    const { seconds, peakMiB } = await byCli(bench)
    runs.push({ curl, cli: seconds, peakMiB })
    bench.say(
      `round ${round + 1} of ${bench.pairs}: muster export ${rounded(seconds)} s, ${rounded(peakMiB)} MiB; curl ${rounded(curl)} s`,
    )
  }
  return {
    users: bench.users,
    rounds: bench.pairs,
    cliSeconds: rounded(median(runs.map((run) => run.cli))),
    curlSeconds: rounded(median(runs.map((run) => run.curl))),
    ratio: rounded(median(runs.map((run) => run.cli / run.curl))),
    cliPeakMiB: rounded(Math.max(...runs.map((run) => run.peakMiB)), 1),
  }
}

async function byCurl({ muster, folder }: Bench): Promise<number> {
  const file = join(folder, 'by-curl.ndjson')
  const started = performance.now()
  const { job } = await muster.job('jobs/users-exports', { format: 'json', fields: NDJSON_FIELDS })
  const { location } = await muster.json(`jobs/${String(job['id'])}`)
  await ended(
    spawn('bash', [
      '-c',
      'set -o pipefail; curl -sS --fail "$1" | gunzip > "$2"',
      'bash',
      String(location),
      file,
    ]),
  )
  const seconds = (performance.now() - started) / 1000
  await rm(file)
  return seconds
}

async function byCli({ muster, folder }: Bench): Promise<{ seconds: number; peakMiB: number }> {
  const file = join(folder, 'by-cli.ndjson')
  const fields = NDJSON_FIELDS.map(({ name }) => `--field=${name}`)
  const token = String(muster.headers['authorization']).replace('Bearer ', '')
  const started = performance.now()
  const child = spawn(
    process.execPath,
    [MAIN, 'export', '--url', muster.url, '--format', 'json', '--gunzip', '--output', file, ...fields],
    { env: { ...process.env, MUSTER_TOKEN: token }, stdio: 'ignore' },
  )
  const peak = peakOf(child)
  await ended(child)
  const seconds = (performance.now() - started) / 1000
  await rm(file)
  return { seconds, peakMiB: await peak }
}

async function ended(child: ChildProcess): Promise<void> {
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`${child.spawnfile} ended with ${code}`)
}

// The kernel forgets the peak with the process, so it is read until then.
async function peakOf(child: ChildProcess): Promise<number> {
  let peak = 0
  while (child.exitCode === null) {
    peak = Math.max(peak, memoryMiB(child.pid ?? 0).peak)
    await later(20)
  }
  return peak
}
