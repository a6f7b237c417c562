import { openAsBlob } from 'node:fs'
import type { Bench } from './bench.ts'
import { median, rounded } from './figures.ts'
import { startMuster } from './muster.ts'
import { CSV_FIELDS } from './rivals.ts'

export interface EmbeddedResult {
  readonly users: number
  readonly importSeconds: number
  readonly seconds: number
  readonly usersPerSecond: number
}

/** The same CSV on the embedded engine, filled with an export of the other engine's users. */
export async function embedded(bench: Bench, users: number, file: string): Promise<EmbeddedResult> {
  const muster = await startMuster(undefined)
  try {
    const [connection] = (await muster.json('connections')) as unknown as { id: string }[]
    const started = performance.now()
    const response = await fetch(
      `${muster.url}/api/v2/jobs/users-imports?preserve=true&connection_id=${connection?.id}`,
      {
        method: 'POST',
        headers: { ...muster.headers, 'content-type': 'application/x-ndjson' },
        body: await openAsBlob(file),
      },
    )
    const job = await muster.wait((await response.json()) as Record<string, unknown>)
    const { inserted } = job['summary'] as { inserted: number }
    if (inserted !== users) throw new Error(`the import took ${inserted} users of ${users}`)
    const importSeconds = (performance.now() - started) / 1000
    const figures: number[] = []
    for (let round = 0; round <= bench.pairs; round++) {
      const { seconds } = await muster.job('jobs/users-exports', { format: 'csv', fields: CSV_FIELDS })
      if (round > 0) figures.push(seconds)
      bench.say(`embedded, round ${round} of ${bench.pairs}`)
    }
    const seconds = median(figures)
    return {
      users,
      importSeconds: rounded(importSeconds),
      seconds: rounded(seconds),
      usersPerSecond: Math.round(users / seconds),
    }
  } finally {
    await muster.stop()
  }
}
