import { join } from 'node:path'
import pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import type { Bench } from './bench.ts'
import { median, pairedRatio, rounded } from './figures.ts'
import { CSV_COPY, CSV_FIELDS, missingPrograms, run } from './rivals.ts'
import { cpuSeconds, endedChildrenSeconds } from './usage.ts'

export interface FloorResult {
  readonly databaseCpuSeconds: number
  readonly igzipCpuSeconds: number | undefined
  /** Both together divided by the cores: less is not possible with this SQL and that compressor. */
  readonly seconds: number | undefined
  /** Muster's time divided by the floor: the median of pairs, because the load of the machine changes both. */
  readonly ratio: number | undefined
}

/**
 * The least CPU time that a CSV export can take: the database's for the COPY plus igzip's for the same bytes. Alternates
 * with Muster's job, so that both see the same load of the machine.
 */
export async function floor(bench: Bench): Promise<FloorResult> {
  const hasIgzip = (await missingPrograms(['igzip'])).length === 0
  const plain = join(bench.folder, 'floor.csv')
  if (hasIgzip) await run('bash', ['-c', 'gunzip -c "$0" > "$1"', join(bench.folder, 'muster.csv.gz'), plain])
  const jobs: number[] = []
  const database: number[] = []
  const igzip: number[] = []
  const floors: number[] = []
  for (let round = 1; round <= bench.pairs; round++) {
    const { seconds } = await bench.muster.job('jobs/users-exports', { format: 'csv', fields: CSV_FIELDS })
    const copied = await copyCpu(bench)
    const compressed = hasIgzip ? await igzipCpu(plain) : Number.NaN
    jobs.push(seconds)
    database.push(copied)
    igzip.push(compressed)
    floors.push((copied + compressed) / bench.cores)
    bench.say(`floor round ${round} of ${bench.pairs}`)
  }
  const ifKnown = (figure: number): number | undefined => (hasIgzip ? rounded(figure) : undefined)
  return {
    databaseCpuSeconds: rounded(median(database)),
    igzipCpuSeconds: ifKnown(median(igzip)),
    seconds: ifKnown(median(floors)),
    ratio: ifKnown(pairedRatio(jobs, floors)),
  }
}

async function copyCpu(bench: Bench): Promise<number> {
  const client = new pg.Client(bench.databaseUrl)
  await client.connect()
  try {
    const used = (): number => cpuSeconds(process.pid, bench.postmasterPid).database
    const before = used()
    for await (const _chunk of client.query(copyTo(CSV_COPY)));
    return used() - before
  } finally {
    await client.end()
  }
}

async function igzipCpu(plain: string): Promise<number> {
  const before = endedChildrenSeconds()
  await run('bash', ['-c', 'igzip -1 -c "$0" > /dev/null', plain])
  return endedChildrenSeconds() - before
}
