import type { Bench } from './bench.ts'
import { median, quantile, rounded } from './figures.ts'

export interface SmallResult {
  readonly users: number
  readonly jobs: number
  readonly medianMs: number
  readonly p95Ms: number
}

/** The wait for a small export: from POST to `completed`, with a few users and the default CSV, one job after another. */
export async function small(bench: Bench, users: number, jobs = 50): Promise<SmallResult> {
  const figures: number[] = []
  await bench.muster.job('jobs/users-exports', { limit: users })
  for (let n = 0; n < jobs; n++) {
    const { seconds } = await bench.muster.job('jobs/users-exports', { limit: users })
    figures.push(seconds * 1000)
  }
  return { users, jobs, medianMs: rounded(median(figures), 1), p95Ms: rounded(quantile(figures, 0.95), 1) }
}
