import { addSeconds, type Clock, type Stopwatch } from '../domain/clock.ts'
import type { Session } from './database.ts'

/** A clock that shows the database's time. Whoever started it stops it. */
export interface DatabaseClock extends Clock {
  /** Asks the database for the time, as happens by itself now and then. Fails with `database_unavailable`. */
  refresh(): Promise<void>
  stop(): void
}

export interface DatabaseClockOptions {
  readonly stopwatch: Stopwatch
  /** How often the database is asked. */
  readonly everySeconds: number
  /** Told when it could not be asked; the clock goes on from what it knew. */
  readonly onError: (error: unknown) => void
}

/**
 * Starts a clock that all processes on one database share: the database is asked for its time, and a stopwatch, which
 * nobody sets, counts on from there. So a machine whose clock is wrong takes no other's job and makes no dead link
 * (docs/adr/0013-the-databases-clock.md). Half of the way there and back is what it may be off. Fails with
 * `database_unavailable`.
 */
export async function startDatabaseClock(
  session: Session,
  { stopwatch, everySeconds, onError }: DatabaseClockOptions,
): Promise<DatabaseClock> {
  let known = await ask(session, stopwatch)
  const refresh = async (): Promise<void> => {
    known = await ask(session, stopwatch)
  }
  const timer = setInterval(() => void refresh().catch(onError), everySeconds * 1000)
  return {
    now: () => addSeconds(known.time, stopwatch.seconds() - known.at),
    refresh,
    stop: () => clearInterval(timer),
  }
}

async function ask(session: Session, stopwatch: Stopwatch): Promise<{ time: Date; at: number }> {
  const asked = stopwatch.seconds()
  const [row] = await session.query<{ time: Date }>('select clock_timestamp() as time')
  const answered = stopwatch.seconds()
  return { time: row?.time ?? new Date(Number.NaN), at: (asked + answered) / 2 }
}
