import type { Bench } from './bench.ts'
import { median, rounded } from './figures.ts'
import { CSV_FIELDS } from './rivals.ts'

export interface FairResult {
  readonly users: number
  readonly jobs: number
  readonly medianSeconds: number
  readonly slowestSeconds: number
}

const ROUNDS = 5

/** The wait for a small export, from POST to `completed`, while as many exports of all users run as may run at a time. */
export async function fair({ muster, users, say }: Bench): Promise<FairResult> {
  const figures: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const large = await Promise.all(
      [1, 2].map(() => muster.json('jobs/users-exports', { format: 'csv', fields: CSV_FIELDS })),
    )
    const isRunning = async (): Promise<boolean> => {
      const jobs = await Promise.all(large.map((job) => muster.json(`jobs/${String(job['id'])}`)))
      return jobs.every(({ status }) => status === 'processing' || status === 'pending')
    }
    while (await isRunning()) figures.push((await muster.job('jobs/users-exports', { limit: 100 })).seconds)
    await Promise.all(large.map((job) => muster.wait(job)))
    say(`small exports among large ones, round ${round + 1} of ${ROUNDS}`)
  }
  const slowest = rounded(Math.max(...figures))
  return { users, jobs: figures.length, medianSeconds: rounded(median(figures)), slowestSeconds: slowest }
}
