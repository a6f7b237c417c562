import type { Clock } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import type { Database } from '../pg/database.ts'
import type { Relation } from '../relations/relation.ts'
import type { SnapshotOptions } from './pg/ranges.ts'
import type { Replicas } from './pg/replicas.ts'
import type { RowSource, Snapshot } from './row-source.ts'

export interface RowSourceOptions {
  readonly relation: Relation
  /** How many connections read one export at once on PostgreSQL. One more holds its snapshot. */
  readonly parallel: number
  /** Limits what a range may buffer. On the embedded engine also how long other statements wait for a range. */
  readonly usersPerRange: number
  readonly openSnapshot: (options: SnapshotOptions) => Promise<Snapshot>
  /** Absent: every export reads from `database`. */
  readonly replicas?: Replicas | undefined
}

/**
 * Lines come straight out of COPY. On PostgreSQL, several connections read the ranges in one exported snapshot. The
 * embedded engine has one session, so each range is a short transaction, and requests run in between. A replica that
 * fails later fails the run: the next run asks the next replica.
 */
export function pgRowSource(database: Database, clock: Clock, options: RowSourceOptions): RowSource {
  const { openSnapshot, replicas, ...bounds } = options
  return {
    open: async (plan, signal, agreement) => {
      const here = { database, clock, plan, signal, agreement, ...bounds }
      const replica = await replicas?.next(signal)
      if (replica === undefined) return openSnapshot(here)
      try {
        return await openSnapshot({ ...here, ...replica })
      } catch (error) {
        if (signal.aborted || !(error instanceof Failure && error.mayRetry)) throw error
        replicas?.onPrimary(error)
        return openSnapshot(here)
      }
    },
  }
}
