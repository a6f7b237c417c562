import type { CliResult } from './cli.ts'
import type { ConsoleResult } from './console.ts'
import type { EmbeddedResult } from './embedded.ts'
import type { FairResult } from './fair.ts'
import { rounded, type Target, verdictOf } from './figures.ts'
import type { FloorResult } from './floor.ts'
import type { KeycloakResult } from './keycloak.ts'
import type { LiveResult } from './live.ts'
import type { PairedResult } from './paired.ts'
import type { S3Result } from './s3.ts'
import type { ScaleResult } from './scale.ts'
import type { SmallResult } from './small.ts'

/** The results of one run; `--json` writes them. */
export interface Report {
  readonly machine: {
    readonly cores: number
    readonly cpu: string
    readonly memoryGiB: number
    readonly node: string
    readonly postgres: string
    readonly zlib: string
    /** Muster's compressor; absent in older reports. */
    readonly compressor?: string
  }
  readonly startedAt: string
  readonly users: number
  readonly pairs: number
  readonly seed: number
  readonly csv?: PairedResult
  readonly floor?: FloorResult
  readonly ndjson?: PairedResult
  readonly embedded?: EmbeddedResult
  readonly small?: readonly SmallResult[]
  readonly scale?: readonly ScaleResult[]
  readonly live?: LiveResult
  readonly fair?: FairResult
  readonly console?: ConsoleResult
  readonly cli?: CliResult
  readonly s3?: S3Result
  readonly keycloak?: KeycloakResult
}

/** The targets. */
function targetsOf(report: Report): readonly Target[] {
  const { csv, ndjson, floor, live, small, scale = [] } = report
  const largest = scale.at(-1)
  const smallest = scale[0]
  const before = scale.at(-2)
  const ratio = (a: number | undefined, b: number | undefined): number | undefined =>
    a === undefined || b === undefined ? undefined : rounded(a / b)
  const isScaled = scale.length > 1
  return [
    { name: 'csv / `psql \\| gzip`', must: 0.6, aim: 0.45, measured: csv?.ratios.gzip },
    { name: 'csv / `psql \\| pigz`', must: 0.85, aim: 0.65, measured: csv?.ratios.pigz },
    {
      name: "csv file size / gzip -6's",
      must: 1.15,
      aim: 1.05,
      measured: ratio(csv?.bytes.muster, csv?.bytes.gzip),
    },
    { name: 'ndjson / `psql \\| gzip`', must: 0.55, aim: 0.4, measured: ndjson?.ratios.gzip },
    { name: 'ndjson / `psql \\| pigz`', must: 0.85, aim: 0.65, measured: ndjson?.ratios.pigz },
    { name: 'csv / the floor', must: 1.6, aim: 1.25, measured: floor?.ratio },
    {
      name: `peak memory at ${thousands(largest?.users)} users over idle`,
      must: 96,
      aim: 64,
      unit: 'MiB',
      measured: largest?.peakAboveIdleMiB,
    },
    {
      name: `peak memory, ${thousands(largest?.users)} / ${thousands(before?.users)} users`,
      must: 1.1,
      aim: 1,
      measured: isScaled ? ratio(peakOf(largest), peakOf(before)) : undefined,
    },
    {
      name: `time a user, ${thousands(largest?.users)} / ${thousands(smallest?.users)} users`,
      must: 1.1,
      aim: 1,
      measured: isScaled ? ratio(largest?.microsecondsPerUser, smallest?.microsecondsPerUser) : undefined,
    },
    { name: '100 users, POST to completed', must: 150, aim: 50, unit: 'ms', measured: small?.[0]?.medianMs },
    {
      name: 'slowest small export among two large ones',
      must: 2,
      aim: 0.5,
      unit: 's',
      measured: report.fair?.slowestSeconds,
    },
    {
      name: 'slowest fields, count or preview',
      must: 2,
      aim: 1,
      unit: 's',
      measured: slowestRead(report.console),
    },
    {
      name: 'p99 of GET user beside these / during an export',
      must: 1,
      aim: 0.8,
      measured: report.console?.p99Ratio,
    },
    {
      name: '`muster export --gunzip` / the job, curl and gunzip',
      must: 1.2,
      aim: 1.05,
      measured: report.cli?.ratio,
    },
    {
      name: 'peak memory of `muster export`',
      must: 120,
      aim: 100,
      unit: 'MiB',
      measured: report.cli?.cliPeakMiB,
    },
    { name: 'csv to S3 / to the disk', must: 1.15, aim: 1.05, measured: report.s3?.ratio },
    {
      name: 'Keycloak, ndjson / `psql \\| gzip`',
      must: 0.65,
      aim: 0.5,
      measured: report.keycloak?.ratio,
    },
    {
      name: 'peak memory over idle, users of Keycloak',
      must: 96,
      aim: 64,
      unit: 'MiB',
      measured: report.keycloak?.peakAboveIdleMiB,
    },
    { name: 'p99 of GET user during an export / without', must: 3, aim: 1.5, measured: live?.p99Ratio },
  ]
}

function slowestRead(result: ConsoleResult | undefined): number | undefined {
  return result === undefined
    ? undefined
    : Math.max(...result.reads.map(({ slowestSeconds }) => slowestSeconds))
}

function peakOf(result: ScaleResult | undefined): number | undefined {
  return result === undefined ? undefined : result.idleMiB + result.peakAboveIdleMiB
}

function thousands(figure: number | undefined): string {
  return figure === undefined ? '…' : figure.toLocaleString('en-US')
}

/** The exports of a second run, next to those of the first. */
export function exportsOf(report: Report): string {
  const { machine, csv, ndjson } = report
  const measured = targetsOf(report).filter((target) => target.measured !== undefined)
  return [
    `The same with ${machine.compressor ?? 'zlib'}, ${report.startedAt}:`,
    targetTable(measured),
    ...(csv === undefined ? [] : [pairedTable('CSV, eight columns', csv)]),
    ...(ndjson === undefined ? [] : [pairedTable('NDJSON, whole profiles', ndjson)]),
  ].join('\n\n')
}

/** Of a run of some parts that have one figure each: its rows of the table, and its sentences. */
export function figuresOf(report: Report): {
  readonly rows: readonly string[][]
  readonly lines: readonly string[]
} {
  const { machine, startedAt } = report
  return {
    rows: targetsOf(report)
      .filter(({ measured }) => measured !== undefined)
      .map(rowOf),
    lines: [
      ...(report.fair === undefined ? [] : [fairLine(report.fair)]),
      ...(report.console === undefined ? [] : [consoleLine(report.console)]),
      ...(report.cli === undefined ? [] : [cliLine(report.cli)]),
      ...(report.s3 === undefined ? [] : [s3Line(report.s3)]),
      ...(report.keycloak === undefined ? [] : [keycloakLine(report.keycloak)]),
    ].map((line) => `${line} Measured ${startedAt.slice(0, 10)} on ${machine.cores} cores (${machine.cpu}).`),
  }
}

/** The report as Markdown: for the terminal, and for docs/performance.md. */
export function markdownOf(report: Report): string {
  const { machine } = report
  return [
    `${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB; Node ${machine.node}, PostgreSQL ${machine.postgres}; Muster compresses with ${machine.compressor ?? 'zlib'}; ${thousands(report.users)} users, ${report.pairs} pairs, seed ${report.seed}; ${report.startedAt}.`,
    targetTable(targetsOf(report)),
    ...(report.csv === undefined ? [] : [pairedTable('CSV, eight columns', report.csv)]),
    ...(report.floor === undefined ? [] : [floorLine(report.floor)]),
    ...(report.ndjson === undefined ? [] : [pairedTable('NDJSON, whole profiles', report.ndjson)]),
    ...(report.embedded === undefined ? [] : [embeddedLine(report.embedded)]),
    ...(report.small === undefined ? [] : [smallTable(report.small)]),
    ...(report.scale === undefined ? [] : [scaleTable(report.scale)]),
    ...(report.live === undefined ? [] : [liveTable(report.live)]),
    ...(report.fair === undefined ? [] : [fairLine(report.fair)]),
    ...(report.console === undefined ? [] : [consoleLine(report.console)]),
    ...(report.cli === undefined ? [] : [cliLine(report.cli)]),
    ...(report.s3 === undefined ? [] : [s3Line(report.s3)]),
    ...(report.keycloak === undefined ? [] : [keycloakLine(report.keycloak)]),
  ].join('\n\n')
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

const VERDICTS = { aim: 'aim met', must: 'met', missed: '**missed**', 'not measured': 'not measured' }

function targetTable(targets: readonly Target[]): string {
  return table(['what', 'measured', 'must', 'aim', ''], targets.map(rowOf))
}

function rowOf(target: Target): string[] {
  const unit = target.unit === undefined ? '' : ` ${target.unit}`
  const measured = target.measured === undefined ? '' : `${target.measured}${unit}`
  return [
    target.name,
    measured,
    `≤ ${target.must}${unit}`,
    `≤ ${target.aim}${unit}`,
    VERDICTS[verdictOf(target)],
  ]
}

function pairedTable(title: string, result: PairedResult): string {
  const { medians, ratios, bytes, cpu } = result
  const mb = (size: number): string => `${rounded(size / 1e6, 1)} MB`
  return [
    `**${title}** (${mb(bytes.content)}; files ${result.isEqual ? 'equal' : '**NOT EQUAL**'} after gunzip)`,
    table(
      ['', 'median', 'Muster / it', 'file'],
      [
        ['Muster', `${medians.muster} s`, '', mb(bytes.muster)],
        ['`psql \\| gzip`', `${medians.gzip} s`, ratios.gzip, mb(bytes.gzip)],
        ['`psql \\| pigz`', `${medians.pigz} s`, ratios.pigz, mb(bytes.pigz)],
      ],
    ),
    `CPU seconds of Muster's median run: database ${cpu.database}, event loop of jobs (driver, encoders, hash) ${cpu.jobs}, of requests ${cpu.requests}, thread pool (zlib, disk) ${cpu.pool}, igzip ${cpu.children}, garbage collection and compiler ${cpu.engine}.`,
  ].join('\n\n')
}

function floorLine({ databaseCpuSeconds, igzipCpuSeconds, seconds }: FloorResult): string {
  if (igzipCpuSeconds === undefined) return 'The floor was not measured: there is no igzip.'
  return `The floor: ${databaseCpuSeconds} s of CPU for the COPY and ${igzipCpuSeconds} s for igzip, on all cores ${seconds} s.`
}

function embeddedLine({ users, importSeconds, seconds, usersPerSecond }: EmbeddedResult): string {
  return `Embedded engine: ${thousands(users)} users imported in ${importSeconds} s, exported as the same CSV in ${seconds} s (${thousands(usersPerSecond)} a second).`
}

function s3Line({ users, diskSeconds, s3Seconds }: S3Result): string {
  return `Files on S3: ${thousands(users)} users as CSV in ${s3Seconds} s to a bucket of Ceph on the same cores, in ${diskSeconds} s to the disk.`
}

function keycloakLine(result: KeycloakResult): string {
  const { users, musterSeconds, gzipSeconds, usersPerSecond, isEqual, databaseSeconds, csvSeconds } = result
  const costs = Object.entries(csvSeconds).map(([name, seconds]) => `${name}: ${seconds} s`)
  return `Users of Keycloak: ${thousands(users)} whole profiles as NDJSON, each with three attributes, two roles and two linked identities, take ${musterSeconds} s (${thousands(usersPerSecond)} a second), of which the database computes ${databaseSeconds} s of CPU. \`psql | gzip\` of the same SELECT takes ${gzipSeconds} s; the files are ${isEqual ? 'equal' : '**NOT EQUAL**'} after gunzip. A CSV of attributes that need no other table: ${costs.join('; ')}.`
}

function cliLine({ users, rounds, cliSeconds, curlSeconds, ratio, cliPeakMiB }: CliResult): string {
  return `The command: \`muster export --gunzip\` takes ${cliSeconds} s for ${thousands(users)} users as NDJSON, verified and synced to the disk. The job and \`curl | gunzip\` take ${curlSeconds} s (ratio ${ratio}, medians of ${rounds} rounds in turns). The command's memory is ${cliPeakMiB} MiB at most.`
}

function fairLine({ users, jobs, medianSeconds, slowestSeconds }: FairResult): string {
  return `Fairness: while two exports of ${thousands(users)} users run, an export of 100 users takes ${medianSeconds} s from POST to completed (median of ${jobs}), and ${slowestSeconds} s at the most.`
}

function consoleLine({ users, reads, besideReads, besideExports }: ConsoleResult): string {
  const each = reads.map(
    ({ name, medianSeconds, slowestSeconds, answer }) =>
      `${name}: ${medianSeconds} s, ${slowestSeconds} s at the most${answer === 'exact' ? '' : ` (${answer})`}`,
  )
  return `Before an export: with ${thousands(users)} users, ${each.join('; ')}. While these are asked for without a pause, p99 of GET user is ${besideReads.p99Ms} ms, and ${besideExports.p99Ms} ms during exports.`
}

function smallTable(results: readonly SmallResult[]): string {
  return table(
    ['users', 'jobs', 'median', 'p95'],
    results.map(({ users, jobs, medianMs, p95Ms }) => [
      thousands(users),
      jobs,
      `${medianMs} ms`,
      `${p95Ms} ms`,
    ]),
  )
}

function scaleTable(results: readonly ScaleResult[]): string {
  return table(
    ['users', 'seconds', 'µs a user', 'idle', 'peak over idle', 'over idle, reader of 1 MB/s'],
    results.map((result) => [
      thousands(result.users),
      result.seconds,
      result.microsecondsPerUser,
      `${result.idleMiB} MiB`,
      `${result.peakAboveIdleMiB} MiB`,
      `${result.slowReaderAboveIdleMiB} MiB`,
    ]),
  )
}

function liveTable({ without, during, p99Ratio }: LiveResult): string {
  return table(
    ['GET user, 50 a second', 'p50', 'p99'],
    [
      ['no export', `${without.p50Ms} ms`, `${without.p99Ms} ms`],
      ['during exports', `${during.p50Ms} ms`, `${during.p99Ms} ms (${p99Ratio} times)`],
    ],
  )
}
