import { addSeconds, type Clock, type Stopwatch } from '../domain/clock.ts'
import type { Session } from './database.ts'

export interface DatabaseClock extends Clock {
  stop(): void
}

export interface DatabaseClockOptions {
  readonly stopwatch: Stopwatch
  readonly everySeconds: number
  /** Called if the database does not answer later. The clock then continues from the last answer. */
  readonly onError: (error: unknown) => void
}

/**
 * Shows the same time in all processes on one database: it asks the database for its time, and a stopwatch counts from
 * there. So a machine with a wrong clock takes no job of another worker and makes no expired link
 * (docs/adr/0013-the-databases-clock.md). Each answer is wrong by at most half of its round trip. The caller stops the
 * clock. Fails with `database_unavailable`.
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
    stop: () => clearInterval(timer),
  }
}

async function ask(session: Session, stopwatch: Stopwatch): Promise<{ time: Date; at: number }> {
  const asked = stopwatch.seconds()
  const [row] = await session.query<{ time: Date }>('select clock_timestamp() as time')
  const answered = stopwatch.seconds()
  return { time: row?.time ?? new Date(Number.NaN), at: (asked + answered) / 2 }
}
