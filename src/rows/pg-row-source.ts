import type { Clock } from '../domain/clock.ts'
import type { Database } from '../pg/database.ts'
import type { Relation } from '../relations/relation.ts'
import type { SnapshotOptions } from './pg/ranges.ts'
import type { RowSource, Snapshot } from './row-source.ts'

export interface RowSourceOptions {
  readonly relation: Relation
  /** Connections that read one export at once. */
  readonly parallel: number
  /** Bounds what a range may buffer, and on the embedded engine how long other statements wait for it. */
  readonly usersPerRange: number
  /** `openShared`, or `openInTurns` where the engine has one session for everybody. */
  readonly openSnapshot: (options: SnapshotOptions) => Promise<Snapshot>
}

/**
 * Users as encoded lines, straight out of COPY. On PostgreSQL every range is read in one exported snapshot,
 * by several connections. The embedded engine has one session for everybody, so there each range is a short
 * transaction of its own, and requests are served in between.
 */
export function pgRowSource(database: Database, clock: Clock, options: RowSourceOptions): RowSource {
  const { openSnapshot, ...bounds } = options
  return { open: (plan, signal) => openSnapshot({ database, clock, plan, signal, ...bounds }) }
}
