import { setTimeout as later } from 'node:timers/promises'
import type { Bench } from './bench.ts'
import { median, pairedRatio, quantile, rounded } from './figures.ts'
import { CSV_FIELDS } from './rivals.ts'

const REQUESTS_PER_SECOND = 50
const SECONDS_A_ROUND = 12
// Otherwise the requests that poll the exports would be twice as many as the measured ones.
const SELDOM = { share: 0, minMs: 100, maxMs: 1000 }

export interface Latency {
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Each figure is the median of the rounds. */
export interface LiveResult {
  readonly without: Latency
  readonly during: Latency
  readonly p99Ratio: number
}

/** How long a request for a user's profile takes while exports run, and while none runs, in turns. */
export async function live(bench: Bench): Promise<LiveResult> {
  const [user] = (await bench.muster.json('users?per_page=1')) as unknown as { user_id: string }[]
  const path = `users/${encodeURIComponent(user?.user_id ?? '')}`
  await ask(bench, path, 3)
  const without: Latency[] = []
  const during: Latency[] = []
  for (let round = 1; round <= bench.pairs; round++) {
    without.push(await ask(bench, path, SECONDS_A_ROUND))
    during.push(await besideExports(bench, () => ask(bench, path, SECONDS_A_ROUND)))
    bench.say(`live round ${round} of ${bench.pairs}`)
  }
  const p99 = (all: readonly Latency[]): number[] => all.map(({ p99Ms }) => p99Ms)
  return {
    without: middleOf(without),
    during: middleOf(during),
    p99Ratio: rounded(pairedRatio(p99(during), p99(without))),
  }
}

export function middleOf(all: readonly Latency[]): Latency {
  return { p50Ms: median(all.map(({ p50Ms }) => p50Ms)), p99Ms: median(all.map(({ p99Ms }) => p99Ms)) }
}

export async function besideExports<T>(bench: Bench, work: () => Promise<T>): Promise<T> {
  let isOver = false
  const exporting = (async () => {
    while (!isOver)
      await bench.muster.job('jobs/users-exports', { format: 'csv', fields: CSV_FIELDS }, SELDOM)
  })()
  const done = await work()
  isOver = true
  await exporting
  return done
}

// Requests are sent at fixed times, even if earlier ones have no answer yet. Otherwise a slow server would get fewer.
export async function ask(bench: Bench, path: string, seconds: number): Promise<Latency> {
  const figures: number[] = []
  const asked: Promise<void>[] = []
  const started = performance.now()
  for (let n = 0; n < seconds * REQUESTS_PER_SECOND; n++) {
    const due = started + (n * 1000) / REQUESTS_PER_SECOND
    const wait = due - performance.now()
    if (wait > 0) await later(wait)
    asked.push(
      bench.muster.json(path).then(() => {
        figures.push(performance.now() - due)
      }),
    )
  }
  await Promise.all(asked)
  return { p50Ms: rounded(quantile(figures, 0.5), 2), p99Ms: rounded(quantile(figures, 0.99), 2) }
}
