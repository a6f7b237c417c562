import type { Clock } from '../domain/clock.ts'
import type { Database } from '../pg/database.ts'
import type { Relation } from '../relations/relation.ts'
import type { SnapshotOptions } from './pg/ranges.ts'
import type { RowSource, Snapshot } from './row-source.ts'

export interface RowSourceOptions {
  readonly relation: Relation
  /** So many connections read one export at once. */
  readonly parallel: number
  /** Limits what a range may buffer. On the embedded engine also how long other statements wait for a range. */
  readonly usersPerRange: number
  readonly openSnapshot: (options: SnapshotOptions) => Promise<Snapshot>
}

/**
 * Lines come straight out of COPY. On PostgreSQL, several connections read the ranges in one exported snapshot. The
 * embedded engine has one session, so each range is a short transaction, and requests run in between.
 */
export function pgRowSource(database: Database, clock: Clock, options: RowSourceOptions): RowSource {
  const { openSnapshot, ...bounds } = options
  return { open: (plan, signal) => openSnapshot({ database, clock, plan, signal, ...bounds }) }
}
