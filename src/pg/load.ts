import type { Stopwatch } from '../domain/clock.ts'
import { APPLICATION_NAME } from './connection.ts'
import type { Session } from './database.ts'

/** Above a mark the database is overloaded. A mark of 0 does not count. */
export interface LoadMarks {
  /** WAL that the slowest replica has not replayed. */
  readonly lagBytes: number
  /** Connections of other programs that run a statement. */
  readonly connections: number
}

export interface Load {
  readonly lagBytes: number
  readonly connections: number
}

export interface LoadWatchOptions {
  readonly marks: LoadMarks
  readonly stopwatch: Stopwatch
  /** Called when the database becomes overloaded, and when it no longer is. */
  readonly onChange: (isOverloaded: boolean, load: Load) => void
  /** Called if the database cannot be asked. Exports then stay paused, or unpaused, as they were. */
  readonly onError: (error: unknown) => void
}

// Exports may ask hundreds of times a second, so one answer holds for all of them for this long.
const LOOK_SECONDS = 1

/** Without the role pg_monitor the server hides replicas and the statements of others, so no mark is ever exceeded. */
export function watchLoad(session: Session, options: LoadWatchOptions): () => Promise<boolean> {
  const { marks, stopwatch, onChange, onError } = options
  let isOver = false
  let lookedAt = Number.NEGATIVE_INFINITY
  let looking: Promise<void> | undefined
  async function look(): Promise<void> {
    const load = await loadOf(session)
    const isNow =
      (marks.lagBytes > 0 && load.lagBytes > marks.lagBytes) ||
      (marks.connections > 0 && load.connections > marks.connections)
    if (isNow !== isOver) onChange(isNow, load)
    isOver = isNow
  }
  return async () => {
    if (looking === undefined && stopwatch.seconds() - lookedAt >= LOOK_SECONDS) {
      lookedAt = stopwatch.seconds()
      looking = look()
        .catch(onError)
        .finally(() => {
          looking = undefined
        })
    }
    await looking
    return isOver
  }
}

/** Fails on a replica, where PostgreSQL refuses `pg_current_wal_lsn`. */
export async function loadOf(session: Session): Promise<Load> {
  const [row] = await session.query<{ lag: bigint | null; connections: bigint }>(
    `select (select max(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn))::bigint from pg_stat_replication) as lag,
       (select count(*) from pg_stat_activity
        where state = 'active' and backend_type = 'client backend' and application_name <> '${APPLICATION_NAME}') as connections`,
  )
  return { lagBytes: Number(row?.lag ?? 0n), connections: Number(row?.connections ?? 0n) }
}
