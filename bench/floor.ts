import { join } from 'node:path'
import pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import type { Bench } from './bench.ts'
import { median, rounded } from './figures.ts'
import { CSV_COPY, missingPrograms, run } from './rivals.ts'
import { cpuSeconds, endedChildrenSeconds } from './usage.ts'

export interface FloorResult {
  readonly databaseCpuSeconds: number
  readonly igzipCpuSeconds: number | undefined
  /** Both together divided by the cores: less is not possible with this SQL and that compressor. */
  readonly seconds: number | undefined
}

/** What the CSV costs at the least: the database's CPU for the COPY, and igzip's for the same bytes. */
export async function floor(bench: Bench): Promise<FloorResult> {
  const database: number[] = []
  for (let round = 0; round < 3; round++) database.push(await copyCpu(bench))
  const databaseCpuSeconds = rounded(median(database))
  const igzipCpuSeconds = (await missingPrograms(['igzip'])).length > 0 ? undefined : await igzipCpu(bench)
  return {
    databaseCpuSeconds,
    igzipCpuSeconds,
    seconds:
      igzipCpuSeconds === undefined
        ? undefined
        : rounded((databaseCpuSeconds + igzipCpuSeconds) / bench.cores),
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

async function igzipCpu(bench: Bench): Promise<number> {
  const plain = join(bench.folder, 'floor.csv')
  await run('bash', ['-c', 'gunzip -c "$0" > "$1"', join(bench.folder, 'muster.csv.gz'), plain])
  const figures: number[] = []
  for (let round = 0; round < 3; round++) {
    const before = endedChildrenSeconds()
    await run('bash', ['-c', 'igzip -1 -c "$0" > /dev/null', plain])
    figures.push(endedChildrenSeconds() - before)
  }
  return rounded(median(figures))
}
