import type { Stopwatch } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import { isDenied } from '../pg/failure-of.ts'
import { identifier } from '../pg/sql.ts'
import type { Statements } from '../relations/relation.ts'
import type { ServerReport } from './source-report.ts'

interface Row {
  readonly version: string
  readonly database: string
  readonly role: string
  readonly is_read_only: boolean
  readonly is_standby: boolean
  readonly replayed: number | null
  readonly cancels_after: number | null
}

// A standby without feedback to its primary cancels snapshots that need rows which the primary has removed. -1 means
// that replay waits instead. The view shows milliseconds.
const FACTS = `select current_setting('server_version') as version, current_database()::text as database,
  current_user::text as role, current_setting('transaction_read_only') = 'on' as is_read_only,
  pg_is_in_recovery() as is_standby,
  extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8 as replayed,
  (select setting::float8 / 1000 from pg_settings
   where name = 'max_standby_streaming_delay' and setting <> '-1'
     and current_setting('hot_standby_feedback') = 'off') as cancels_after`

/** The first statement of the session, so it fails if the database cannot be reached. `url` is that of the session. */
export async function serverOf(
  session: Statements,
  stopwatch: Stopwatch,
  url: string,
): Promise<ServerReport> {
  const from = stopwatch.seconds()
  const [row] = await session.query<Row>(FACTS).catch((error: unknown) => {
    throw isDenied(error) ? refused(url, error) : error
  })
  if (row === undefined) throw new TypeError('PostgreSQL gave no row')
  const { version, database, role, is_read_only } = row
  return {
    version: version.split(' ')[0] ?? version,
    database,
    role,
    is_read_only,
    milliseconds: Math.round((stopwatch.seconds() - from) * 1000),
    standby: row.is_standby
      ? { replayed_seconds_ago: row.replayed, cancels_after_seconds: row.cancels_after }
      : null,
  }
}

function refused(url: string, cause: unknown): Failure {
  const { username, pathname } = new URL(url)
  const [role, database] = [username, pathname.slice(1)].map((part) => nameOf(decodeURIComponent(part)))
  const grant = `GRANT CONNECT ON DATABASE ${database} TO ${role}`
  return new Failure('source_unusable', `the role may not connect to the database: it needs ${grant}`, {
    cause,
  })
}

function nameOf(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : identifier(name)
}
