import { Failure } from '../domain/failure.ts'
import type { RunResult } from '../transfer/import-run.ts'
import { type Counts, type FileTally, NO_COUNTS, type RefusedUser, sumOf } from '../transfer/tally.ts'
import { print, printJson } from './terminal.ts'

// More lines rarely help, and the file of --rejects has all refused entries.
const LINES_MAX = 10

export function printResult(result: RunResult, asJson: boolean, more: object = {}): void {
  if (asJson) printJson({ ...shown(result), ...more })
  else for (const line of linesOf(result)) print(line)
}

/** Fails with `job_failed` if a file could not be read to its end, and with `users_refused` if users were refused. */
export function failIfRefused({ order, tallies }: RunResult): void {
  const [broken] = order.files.flatMap(({ name }, n) =>
    (tallies[n]?.problems ?? []).map((problem) => `${name}: ${problem}`),
  )
  if (broken !== undefined)
    throw new Failure(
      'job_failed',
      `${broken} The users before that are imported. Correct the file, and import it again with --upsert.`,
    )
  const { failed, read } = totalOf(tallies)
  if (failed === 0) return
  throw new Failure(
    'users_refused',
    `${failed} of ${read} users were refused. Correct them, and import them again.`,
  )
}

function totalOf(tallies: readonly FileTally[]): Counts {
  return tallies.reduce((sum, { counts }) => sumOf(sum, counts), NO_COUNTS)
}

function shown(result: RunResult): Record<string, unknown> {
  const { order, tallies, leftOut, rejectsWritten, slices } = result
  return {
    dry_run: order.dryRun,
    ...totalOf(tallies),
    ...(slices === undefined ? {} : { requests: slices }),
    left_out: Object.fromEntries(leftOut),
    ...(rejectsWritten === undefined ? {} : { rejects: { file: order.rejects, entries: rejectsWritten } }),
    files: order.files.map(({ name, connection }, n) => {
      const { counts, remarks, problems, shown: errors } = tallies[n] ?? NO_TALLY
      return { file: name, connection, ...counts, remarks, problems, errors: inOrder(errors) }
    }),
  }
}

const NO_TALLY: Pick<FileTally, 'counts' | 'remarks' | 'problems' | 'shown'> = {
  counts: NO_COUNTS,
  remarks: [],
  problems: [],
  shown: [],
}

function linesOf(result: RunResult): readonly string[] {
  const { order, tallies, leftOut, rejectsWritten, slices } = result
  const lines = order.files.flatMap(({ name }, n) => fileLines(name, tallies[n] ?? NO_TALLY))
  if (tallies.length > 1) lines.push(`all files: ${countsLine(totalOf(tallies))}`)
  if (leftOut.size > 0) {
    const names = [...leftOut].map(([name, count]) => `${name} (${count})`)
    lines.push(`Left out, since only Auth0 sets it: ${names.join(', ')}`)
  }
  if (slices !== undefined)
    lines.push(`Dry run: nothing was sent. The users would be sent in ${slices} requests.`)
  else if (order.dryRun) lines.push('Dry run: nothing was written.')
  if (rejectsWritten !== undefined) lines.push(`${rejectsWritten} refused entries are in ${order.rejects}`)
  return lines
}

function fileLines(name: string, tally: typeof NO_TALLY): string[] {
  const { counts, remarks, problems, shown: errors } = tally
  const first = inOrder(errors).slice(0, LINES_MAX)
  const rest = counts.failed - first.length
  return [
    `${name}: ${countsLine(counts)}`,
    ...first.map((one) => `  ${errorLine(one)}`),
    ...(rest > 0 ? [`  … and ${rest} more. Write all to a file with --rejects.`] : []),
    ...[...remarks, ...problems].map((text) => `  ${text}`),
  ]
}

function countsLine({ read, inserted, updated, failed, incomplete }: Counts): string {
  const parts = [`${read} read`, `${inserted} inserted`, `${updated} updated`, `${failed} refused`]
  return [...parts, ...(incomplete === 0 ? [] : [`${incomplete} incomplete`])].join(', ')
}

function errorLine({ line, errors }: RefusedUser): string {
  const where = line === undefined ? 'a user' : `line ${line}`
  const [first] = errors
  const path = first?.path === undefined ? '' : ` (${first.path})`
  return `${where}: ${first?.code ?? ''} ${first?.message ?? ''}${path}`
}

function inOrder(errors: readonly RefusedUser[]): readonly RefusedUser[] {
  return errors.toSorted((one, other) => (one.line ?? 0) - (other.line ?? 0))
}
