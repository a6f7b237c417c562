import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench } from './bench.ts'
import { contentOf, isSameJson } from './compare.ts'
import { median, pairedRatio, rounded } from './figures.ts'
import { type Compressor, CSV_COPY, CSV_FIELDS, NDJSON_COPY, NDJSON_FIELDS, typeTheLine } from './rivals.ts'
import { type CpuSeconds, cpuBetween, cpuSeconds } from './usage.ts'

export interface PairedResult {
  readonly seconds: { readonly muster: number[]; readonly gzip: number[]; readonly pigz: number[] }
  readonly medians: { readonly muster: number; readonly gzip: number; readonly pigz: number }
  readonly ratios: { readonly gzip: number; readonly pigz: number }
  readonly bytes: {
    readonly content: number
    readonly muster: number
    readonly gzip: number
    readonly pigz: number
  }
  readonly isEqual: boolean
  /** CPU seconds of Muster's median run, by process and thread. */
  readonly cpu: CpuSeconds
}

/** Compares Muster's job with `psql | gzip` and `psql | pigz`, in turns. The first round only warms up. */
export async function paired(bench: Bench, format: 'csv' | 'json'): Promise<PairedResult> {
  const body = { format, fields: format === 'csv' ? CSV_FIELDS : NDJSON_FIELDS }
  const copy = format === 'csv' ? CSV_COPY : NDJSON_COPY
  const seconds = { muster: [] as number[], gzip: [] as number[], pigz: [] as number[] }
  const cpus: CpuSeconds[] = []
  const file = (name: string): string => join(bench.folder, `${name}.${format}.gz`)
  const ours = async (isCounted: boolean): Promise<void> => {
    const before = cpuSeconds(bench.muster.pid, bench.postmasterPid)
    const { seconds: taken, job } = await bench.muster.job('jobs/users-exports', body)
    if (isCounted) cpus.push(cpuBetween(before, cpuSeconds(bench.muster.pid, bench.postmasterPid)))
    if (isCounted) seconds.muster.push(taken)
    else await bench.muster.download(job, file('muster'))
  }
  const theirs = async (compressor: Compressor, isCounted: boolean): Promise<void> => {
    const line = { databaseUrl: bench.databaseUrl, copy, compressor, cores: bench.cores }
    const taken = await typeTheLine(line, file(compressor))
    if (isCounted) seconds[compressor].push(taken)
  }
  for (let round = 0; round <= bench.pairs; round++) {
    await ours(round > 0)
    await theirs('gzip', round > 0)
    await theirs('pigz', round > 0)
    bench.say(`${format} ${round === 0 ? 'warm-up' : `round ${round} of ${bench.pairs}`}`)
  }
  const content = await contentOf(file('muster'))
  const isEqual =
    format === 'csv'
      ? content.sha256 === (await contentOf(file('gzip'))).sha256
      : await isSameJson(file('muster'), file('gzip'))
  const size = async (name: string): Promise<number> => (await stat(file(name))).size
  return {
    seconds,
    medians: {
      muster: rounded(median(seconds.muster)),
      gzip: rounded(median(seconds.gzip)),
      pigz: rounded(median(seconds.pigz)),
    },
    ratios: {
      gzip: rounded(pairedRatio(seconds.muster, seconds.gzip)),
      pigz: rounded(pairedRatio(seconds.muster, seconds.pigz)),
    },
    bytes: {
      content: content.bytes,
      muster: await size('muster'),
      gzip: await size('gzip'),
      pigz: await size('pigz'),
    },
    isEqual,
    cpu: cpus[seconds.muster.indexOf(median(seconds.muster))] ?? {
      database: 0,
      requests: 0,
      jobs: 0,
      pool: 0,
      children: 0,
      engine: 0,
    },
  }
}
