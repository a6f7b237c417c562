import { createReadStream } from 'node:fs'
import { headOfLines, type LeftOut, type Lines, linesOf } from '../convert/convert-users.ts'
import { columnsOf, newDiscovery } from '../convert/csv-columns.ts'
import { type Entry, readUsers } from '../convert/read-users.ts'
import { CSV_DIALECT } from '../domain/export-request.ts'
import { Failure } from '../domain/failure.ts'
import type { ImportFormat } from '../domain/import-request.ts'
import { nameOf } from './export-files.ts'
import { csvOf, type DialectOptions, type FieldsOptions, fieldsOf } from './export-request.ts'
import { chunksOf, writeOut } from './output.ts'
import { counted, usersIn } from './progress.ts'
import { refuseJsonOnStdout } from './refuse-json.ts'
import { runCommand } from './run-command.ts'
import { printJson, tell } from './terminal.ts'

interface ConvertOptions extends FieldsOptions, DialectOptions {
  readonly to: ImportFormat
  readonly from?: ImportFormat
  readonly output?: string
  readonly maxBytes?: number
  readonly discover?: true
  readonly json?: true
}

const STANDARD_INPUT = '-'

export function convert(inputs: readonly string[], options: ConvertOptions): Promise<void> {
  return runCommand(async (signal) => {
    check(inputs, options)
    const lines = await linesFor(inputs, options, signal)
    const { to, output, maxBytes } = options
    const report = newReport()
    const source = chunksOf(allLines(inputs, lines, { options, report }))
    const files = await writeOut(source, { output, isArray: to === 'json', maxBytes, signal })
    const { users, leftOut } = report
    if (options.json === true) printJson({ users, left_out: leftOut, files })
    else if (output !== undefined) tell(`${nameOf(files)}: ${usersIn(users)}`)
    if (leftOut > 0)
      throw new Failure(
        'entries_unreadable',
        `${counted(leftOut)} of ${counted(users + leftOut)} entries are no users and were left out.`,
      )
  })
}

function check(inputs: readonly string[], options: ConvertOptions): void {
  refuseJsonOnStdout(options)
  const { to, maxBytes, output = '-', discover } = options
  if (maxBytes !== undefined && (to !== 'json' || output === '-'))
    throw usage('--max-bytes makes several files. It expects --to json and --output FILE.')
  if (discover === true && inputs.includes(STANDARD_INPUT))
    throw usage('--discover reads the users twice, and standard input can be read once. Give a file.')
  if (inputs.filter((input) => input === STANDARD_INPUT).length > 1)
    throw usage('Standard input can be read once, and is named more than once.')
}

function usage(message: string): Failure {
  return new Failure('usage_invalid', message)
}

async function linesFor(
  inputs: readonly string[],
  options: ConvertOptions,
  signal: AbortSignal,
): Promise<Lines> {
  if (options.to !== 'csv') return { kind: 'ndjson' }
  const columns = columnsOf(fieldsOf(options))
  const dialect = { ...CSV_DIALECT, ...csvOf(options) }
  if (options.discover !== true) return { kind: 'csv', columns, dialect }
  const discovery = newDiscovery()
  for (const input of inputs) {
    for await (const entry of entriesOf(input, options)) {
      signal.throwIfAborted()
      if (entry.kind === 'user') discovery.see(entry.value)
    }
  }
  return { kind: 'csv', columns: discovery.added(columns), dialect }
}

interface Reporting {
  readonly options: ConvertOptions
  readonly report: Report
}

async function* allLines(
  inputs: readonly string[],
  lines: Lines,
  { options, report }: Reporting,
): AsyncGenerator<string> {
  yield* headOfLines(lines)
  for (const input of inputs) {
    const seen = { user: report.user, leftOut: (entry: LeftOut) => report.leaveOut(input, entry) }
    yield* linesOf(entriesOf(input, options), lines, seen)
  }
}

async function* entriesOf(input: string, { from }: ConvertOptions): AsyncGenerator<Entry> {
  try {
    yield* readUsers(bytesOf(input), { format: from })
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'import_unreadable') throw error
    throw new Failure('import_unreadable', `${input}: ${error.message}`, { cause: error })
  }
}

async function* bytesOf(input: string): AsyncGenerator<Buffer> {
  try {
    yield* (input === STANDARD_INPUT ? process.stdin : createReadStream(input)) as AsyncIterable<Buffer>
  } catch (cause) {
    throw new Failure('file_unwritable', `${input} cannot be read: ${String(cause)}`, { cause })
  }
}

interface Report {
  readonly users: number
  readonly leftOut: number
  user(): void
  leaveOut(input: string, entry: LeftOut): void
}

// More lines would hide the first ones, and usually give the same reason.
const SHOWN_MAX = 20

function newReport(): Report {
  let [users, leftOut] = [0, 0]
  return {
    get users() {
      return users
    },
    get leftOut() {
      return leftOut
    },
    user: () => {
      users++
    },
    leaveOut: (input, { message }) => {
      leftOut++
      if (leftOut <= SHOWN_MAX) tell(`${input}: ${message}`)
    },
  }
}
