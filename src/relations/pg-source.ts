import type { Stopwatch } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import { sourceConnectionId } from '../domain/ids.ts'
import { inTime } from '../domain/in-time.ts'
import { sharedAnswer } from '../domain/shared-answer.ts'
import type { TablesWish } from '../domain/source.ts'
import type { Database } from '../pg/database.ts'
import { isDenied, sqlState } from '../pg/failure-of.ts'
import { findUsers } from './find-users.ts'
import { findOwnUsers, type OwnQuery } from './own-tables.ts'
import { PRESETS } from './presets.ts'
import type { Source, SourceState, SourceUsers } from './source.ts'
import { sourceRelation } from './source-relation.ts'

export interface SourceTables {
  readonly name: string
  readonly tables: TablesWish | OwnQuery
  /** Whether a column of the operator's own query must not be read because of its name. */
  readonly isSecret: (name: string) => boolean
}

export interface PgSource extends Source {
  readonly database: Database
}

// A look takes a few milliseconds. A product that is upgraded may rename its tables at any time.
const LOOK_SECONDS = 30
// Readiness needs no token, so the state is asked for at most so often, and in so long.
const STATE_SECONDS = 1

export function pgSource(
  { name, tables, isSecret }: SourceTables,
  database: Database,
  stopwatch: Stopwatch,
): PgSource {
  const look = async (): Promise<SourceUsers> => {
    try {
      const found = await ('sql' in tables
        ? findOwnUsers(database, tables, isSecret)
        : findUsers(database, tables, PRESETS))
      const relation = sourceRelation(found.users, name)
      // Reads no row, but fails if the role lacks a privilege. PostgreSQL looks only at the joins that a column needs: so all columns.
      await database.query(`select * from ${relation.from} limit 0`)
      return { found, relation }
    } catch (error) {
      throw failureOfSource(name, error)
    }
  }
  const users = keptLook(look, stopwatch)
  const failureOf = (error: unknown): unknown => failureOfSource(name, error)
  // A look is used for longer than a database can be trusted to be there.
  const ask = async (): Promise<SourceState> => {
    const { found } = await users()
    await database.query('select 1')
    return { kind: 'reachable', found }
  }
  const state = sharedAnswer(() => ask().catch(stateAfter(failureOf)), STATE_SECONDS, stopwatch)
  return {
    name,
    connectionId: sourceConnectionId(name),
    database,
    users,
    failureOf,
    state: () => inTime(state(), STATE_SECONDS, () => LATE),
  }
}

function keptLook(look: () => Promise<SourceUsers>, stopwatch: Stopwatch): () => Promise<SourceUsers> {
  let last: { readonly at: number; readonly users: Promise<SourceUsers> } | undefined
  return () => {
    const now = stopwatch.seconds()
    if (last !== undefined && now - last.at < LOOK_SECONDS) return last.users
    const current = { at: now, users: look() }
    last = current
    // After a failure the next caller looks again.
    current.users.catch(() => {
      if (last === current) last = undefined
    })
    return current.users
  }
}

const LATE: SourceState = { kind: 'unavailable', problem: 'The database does not answer.' }

function stateAfter(failureOf: Source['failureOf']): (error: unknown) => SourceState {
  return (error) => {
    const failure = failureOf(error)
    const kind = failure instanceof Failure && failure.code === 'source_unusable' ? 'unusable' : 'unavailable'
    return { kind, problem: failure instanceof Failure ? failure.message : 'The database cannot be read.' }
  }
}

// SQLSTATEs of PostgreSQL's documentation, appendix A: what is wrong with the role or with the tables.
const REASONS: Readonly<Record<string, string>> = {
  '28000': 'the role may not connect',
  '28P01': 'the password is wrong',
  '3D000': 'the database does not exist',
  '42501': 'the role may not read a table or column',
  '42P01': 'a table is missing',
  '42703': 'a column is missing',
}

// PostgreSQL's own message has the name of the table, and nothing of its rows.
function reasonOf(state: string, error: unknown): string {
  const reason = REASONS[state] ?? `PostgreSQL refuses the query (SQLSTATE ${state})`
  return isDenied(error) && error instanceof Error ? `${reason} (${error.message})` : reason
}

/** The same failure with the name of the source. Errors of PostgreSQL that only an operator can mend are not tried again. */
function failureOfSource(name: string, error: unknown): unknown {
  if (error instanceof Failure) {
    if (/^source_/.test(error.code)) {
      const isNamed = error.message.startsWith('The source ')
      return isNamed
        ? error
        : new Failure(error.code, `The source ${name}: ${error.message}.`, { cause: error.cause })
    }
    if (error.code !== 'database_unavailable') return error
    return new Failure('source_unavailable', `The source ${name}: ${error.message}`, { cause: error })
  }
  const state = sqlState(error)
  if (state === undefined) return error
  const reason = reasonOf(state, error)
  return new Failure('source_unusable', `The source ${name}: ${reason}.`, { cause: error })
}
