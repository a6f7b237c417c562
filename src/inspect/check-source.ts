import { Failure } from '../domain/failure.ts'
import type { JsonObject } from '../domain/json.ts'
import type { LeftOut } from '../relations/preset.ts'
import type { Relation } from '../relations/relation.ts'
import type { Source, SourceUsers } from '../relations/source.ts'
import { type Attempts, newAttempts } from './attempts.ts'
import { maskUser } from './mask-user.ts'
import type { Measured } from './measure-export.ts'
import type {
  CostReport,
  HelpfulIndex,
  LeftOutReport,
  PrivilegesReport,
  ServerReport,
  SourceReport,
  TablesReport,
  UsersReport,
} from './source-report.ts'

/** What can be asked of a source and its database. None of it writes. */
export interface SourceParts {
  readonly source: Source
  /** Asked first, so it fails if the database cannot be reached. */
  server(): Promise<ServerReport>
  /** Reads names alone, so a role that may read nothing gets an answer too. */
  tables(): Promise<Omit<TablesReport, 'asked'>>
  privileges(): Promise<PrivilegesReport>
  /** An estimate if counting takes too long. */
  count(): Promise<Pick<UsersReport, 'exported' | 'is_estimate'>>
  /** Null if counting takes too long. */
  countLeftOut(kind: LeftOut): Promise<number | null>
  indexes(relation: Relation): Promise<readonly HelpfulIndex[]>
  /** Up to so many profiles from all over the source. */
  sample(users: number): Promise<readonly JsonObject[]>
  tableBytes(): Promise<number>
  /** Undefined if not even a few users can be read in time. */
  measure(signal: AbortSignal): Promise<Measured | undefined>
}

const SAMPLE_USERS = 10

/** What an operator should know before the first export, and everything that stands in its way. */
export async function checkSource(parts: SourceParts, signal: AbortSignal): Promise<SourceReport> {
  const { source } = parts
  const attempts = newAttempts(source, signal)
  const server = await attempts.of(parts.server)
  if (server === undefined) return { source: source.name, ...attempts.outcome() }
  const tables = await attempts.of(parts.tables)
  const privileges = tables && (await attempts.of(parts.privileges))
  const lack = lackOf(privileges, server)
  if (lack !== undefined) attempts.add(lack)
  const users = tables && (await attempts.of(() => source.users(), { isLacking: lack !== undefined }))
  const read =
    users === undefined || attempts.hasProblems() ? {} : await readUsers(parts, users, attempts, signal)
  return {
    source: source.name,
    ...attempts.outcome(),
    server,
    ...(tables && { tables: { ...tables, asked: users?.found.asked ?? {} } }),
    ...(privileges && { privileges }),
    ...read,
  }
}

function lackOf(privileges: PrivilegesReport | undefined, { role }: ServerReport): Failure | undefined {
  if (privileges === undefined || privileges.grants.length === 0) return undefined
  const { missing, row_security: hidden } = privileges
  const what = [
    ...(missing.length > 0 ? [`may not read ${tablesOf(missing.map(({ table }) => table))}`] : []),
    ...(hidden.length > 0 ? [`may not read rows of ${tablesOf(hidden)} that row-level security hides`] : []),
  ]
  const lacks = what.length > 0 ? what.join(', and ') : 'may not use the schema'
  return new Failure('source_unusable', `The role ${role} ${lacks}: see the statements under privileges.`)
}

// The statements name each table.
const TABLES_NAMED = 3

function tablesOf(tables: readonly string[]): string {
  const more = tables.length - TABLES_NAMED
  const named = tables.slice(0, more > 0 ? TABLES_NAMED : undefined).join(', ')
  return more > 0 ? `${named} and ${more} more` : named
}

async function readUsers(
  parts: SourceParts,
  { found, relation }: SourceUsers,
  attempts: Attempts,
  signal: AbortSignal,
): Promise<Pick<SourceReport, 'users' | 'indexes' | 'cost' | 'sample'>> {
  const users = await attempts.of(() => countsOf(parts, found.users.leftOut))
  const indexes = await attempts.of(() => parts.indexes(relation))
  if (users?.exported === 0) return { users, ...(indexes && { indexes }) }
  const cost = users && (await attempts.of(() => costOf(parts, users, signal)))
  const sample = await attempts.of(async () => (await parts.sample(SAMPLE_USERS)).map(maskUser))
  return {
    ...(users && { users }),
    ...(indexes && { indexes }),
    ...(cost !== undefined && { cost }),
    ...(sample && { sample }),
  }
}

async function countsOf(parts: SourceParts, kinds: readonly LeftOut[]): Promise<UsersReport> {
  const exported = await parts.count()
  const left: LeftOutReport[] = []
  for (const kind of kinds)
    left.push({ what: kind.what, why: kind.why, count: await parts.countLeftOut(kind) })
  return { ...exported, left_out: left }
}

async function costOf(
  parts: SourceParts,
  { exported: users }: UsersReport,
  signal: AbortSignal,
): Promise<CostReport | null> {
  const measured = await parts.measure(signal)
  if (measured === undefined || measured.users === 0) return null
  const each = users / measured.users
  return {
    users,
    bytes: Math.round(measured.bytes * each),
    gzipped_bytes: Math.round(measured.gzippedBytes * each),
    seconds: measured.seconds * each,
    sample_users: measured.users,
    sample_seconds: measured.seconds,
    table_bytes: await parts.tableBytes(),
  }
}
