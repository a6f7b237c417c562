import { setTimeout as later } from 'node:timers/promises'
import type { Bench } from './bench.ts'
import { median, rounded } from './figures.ts'
import { CSV_FIELDS } from './rivals.ts'
import { forgetPeak, memoryMiB } from './usage.ts'

export interface ScaleResult {
  readonly users: number
  readonly seconds: number
  readonly microsecondsPerUser: number
  readonly idleMiB: number
  /** Above idle, while the file was made. */
  readonly peakAboveIdleMiB: number
  /** Above idle, while a reader took 1 MB a second of the file. */
  readonly slowReaderAboveIdleMiB: number
}

const SLOW_BYTES_PER_SECOND = 1_000_000
const SLOW_SECONDS = 20

/** Time and memory of one CSV export of all users, by a server that has run no other export. */
export async function scale(bench: Bench): Promise<ScaleResult> {
  // The first request of each kind is slower, and this is not a cost of exports. So one runs before.
  await bench.muster.job('jobs/users-exports', { format: 'csv', fields: CSV_FIELDS, limit: 10 })
  await later(2000)
  const idle = memoryMiB(bench.muster.pid).now
  forgetPeak(bench.muster.pid)
  const runs = []
  for (let round = 0; round < 3; round++) {
    runs.push(await bench.muster.job('jobs/users-exports', { format: 'csv', fields: CSV_FIELDS }))
    bench.say(`${bench.users} users, round ${round + 1} of 3`)
  }
  const { peak } = memoryMiB(bench.muster.pid)
  const job = runs.at(-1)?.job ?? {}
  forgetPeak(bench.muster.pid)
  await readSlowly(bench, job)
  const slow = memoryMiB(bench.muster.pid).peak
  const seconds = median(runs.map((run) => run.seconds))
  return {
    users: bench.users,
    seconds: rounded(seconds),
    microsecondsPerUser: rounded((seconds * 1e6) / bench.users),
    idleMiB: rounded(idle, 1),
    peakAboveIdleMiB: rounded(peak - idle, 1),
    slowReaderAboveIdleMiB: rounded(slow - idle, 1),
  }
}

async function readSlowly(bench: Bench, job: Record<string, unknown>): Promise<void> {
  const fresh = await bench.muster.json(`jobs/${String(job['id'])}`)
  const leaving = new AbortController()
  const response = await fetch(String(fresh['location']), { signal: leaving.signal })
  const reader = response.body?.getReader()
  const started = performance.now()
  for (let bytes = 0; reader !== undefined; ) {
    const { done, value } = await reader.read()
    if (done) return
    bytes += value.length
    const due = (bytes / SLOW_BYTES_PER_SECOND) * 1000 - (performance.now() - started)
    if (due > 0) await later(due)
    if (performance.now() - started > SLOW_SECONDS * 1000) break
  }
  leaving.abort()
}
