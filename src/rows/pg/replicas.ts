import { setTimeout as pause } from 'node:timers/promises'
import type { Stopwatch } from '../../domain/clock.ts'
import { Failure } from '../../domain/failure.ts'
import type { Database } from '../../pg/database.ts'
import type { Ahead } from './ranges.ts'

export interface Replicas {
  /**
   * The next replica, once it has replayed what was committed before the call. Undefined if it cannot be used, or is
   * still behind after `waitSeconds`: then the export reads from the primary.
   */
  next(signal: AbortSignal): Promise<{ readonly database: Database; readonly primary: Ahead } | undefined>
  /** Called with the reason if an export reads from the primary, so that the log names it. */
  readonly onPrimary: (reason: unknown) => void
}

export interface ReplicasOptions {
  readonly primary: Database
  readonly databases: readonly Database[]
  readonly waitSeconds: number
  readonly stopwatch: Stopwatch
  readonly onPrimary: (reason: unknown) => void
}

const POLL_MS = 50

interface Mark {
  readonly seen: string
  readonly lsn: string
  readonly cluster: string
}

// In the WAL the message comes after each commit that the snapshot sees. Its own commit sends the WAL up to it to the
// replicas at once. Otherwise WAL of a transaction that is still open could wait for 15 s.
const MARK = `select pg_current_snapshot()::text as seen, pg_logical_emit_message(true, 'muster', '')::text as lsn,
  (select system_identifier::text from pg_control_system()) as cluster`
const STATE = `select pg_is_in_recovery() as is_standby, coalesce(pg_last_wal_replay_lsn() >= $1::pg_lsn, false) as is_ahead,
  (select system_identifier::text from pg_control_system()) as cluster`

/** Exports go to the replicas in turn, so that all of them share the load. */
export function pgReplicas({
  primary,
  databases,
  waitSeconds,
  stopwatch,
  onPrimary,
}: ReplicasOptions): Replicas {
  let turn = 0
  return {
    onPrimary,
    next: async (signal) => {
      const database = databases[turn++ % databases.length]
      if (database === undefined) return undefined
      try {
        const [mark] = await primary.until(signal).query<Mark>(MARK)
        if (mark === undefined) return undefined
        const endAt = stopwatch.seconds() + waitSeconds
        while (!(await isAhead(database.until(signal), mark))) {
          if (stopwatch.seconds() >= endAt) throw unready(`is behind after ${waitSeconds} s`)
          await pause(POLL_MS, undefined, { signal })
        }
        return { database, primary: { writing: primary, seen: mark.seen } }
      } catch (error) {
        signal.throwIfAborted()
        onPrimary(error)
        return undefined
      }
    },
  }
}

async function isAhead(replica: Database, { lsn, cluster }: Mark): Promise<boolean> {
  const [state] = await replica.query<{ is_standby: boolean; is_ahead: boolean; cluster: string }>(STATE, [
    lsn,
  ])
  // A replica that was promoted, or of another primary, would show other users.
  if (state?.cluster !== cluster) throw unready('replicates another primary')
  if (!state.is_standby) throw unready('is no standby')
  return state.is_ahead
}

function unready(problem: string): Failure {
  return new Failure('database_unavailable', `The replica ${problem}.`)
}
