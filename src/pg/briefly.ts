import { abortableWithin } from '../domain/abort.ts'
import type { Stopwatch } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import type { Turns } from '../domain/turns.ts'
import type { Database, Session } from './database.ts'
import { isCanceled } from './failure-of.ts'

export interface BriefSession extends Session {
  /** The settings of a transaction end with it. So `work` runs at the beginning of each one that comes after this call. */
  prepare(work: (session: Session) => Promise<void>): Promise<void>
  secondsLeft(): number
}

export interface Bounds {
  readonly seconds: number
  /** What the caller should do, if the time is over. */
  readonly advice: string
}

/** Reads for one answer, which all together may take a few seconds. */
export interface Briefly {
  /**
   * If true, one statement holds up every other one, and no statement can be ended early. So a long read must be made of
   * many short statements. Users may change in between. If false, all statements see one snapshot.
   */
  readonly isInTurns: boolean
  /** Fails with `reading_too_slow` once the time is over. */
  run<T>(bounds: Bounds, work: (session: BriefSession) => Promise<T>): Promise<T>
}

export interface BrieflyOptions {
  readonly stopwatch: Stopwatch
  /** So many answers are read at once. Many at a time would slow down all other requests. */
  readonly turns: Turns
}

// The server ends a statement that is too slow, and the connection can be used again. Only if the server does not, the
// connection is cut.
const GRACE_SECONDS = 0.15
// To compile a query takes longer than most of these reads. Parallel workers would take the cores from other requests.
const GENTLE = 'set local jit = off; set local max_parallel_workers_per_gather = 0'

export function brieflyInSnapshot(database: Database, options: BrieflyOptions): Briefly {
  return {
    isInTurns: false,
    run: (bounds, work) =>
      inTime(database, { ...options, ...bounds }, (within, secondsLeft) =>
        within.transaction(async (session) => {
          await session.query(`set transaction isolation level repeatable read, read only; ${GENTLE}`)
          return work({
            query: async (text, values) => {
              await session.query(
                `set local statement_timeout = ${Math.max(1, Math.floor(secondsLeft() * 1000))}`,
              )
              return session.query(text, values)
            },
            prepare: (prepare) => prepare(session),
            secondsLeft,
          })
        }),
      ),
  }
}

/** For the engine with one session: each statement is a transaction of its own. */
export function brieflyInTurns(database: Database, options: BrieflyOptions): Briefly {
  return {
    isInTurns: true,
    run: (bounds, work) =>
      inTime(database, { ...options, ...bounds }, (within, secondsLeft) => {
        const prepared: ((session: Session) => Promise<void>)[] = []
        return work({
          query: (text, values) => {
            if (secondsLeft() <= 0) throw tooSlow(bounds)
            return within.transaction(async (session) => {
              for (const prepare of prepared) await prepare(session)
              return session.query(text, values)
            })
          },
          prepare: async (prepare) => void prepared.push(prepare),
          secondsLeft,
        })
      }),
  }
}

async function inTime<T>(
  database: Database,
  { stopwatch, turns, ...bounds }: BrieflyOptions & Bounds,
  work: (within: Database, secondsLeft: () => number) => Promise<T>,
): Promise<T> {
  const endAt = stopwatch.seconds() + bounds.seconds
  const ending = abortableWithin()
  const timer = setTimeout(() => ending.abort(tooSlow(bounds)), (bounds.seconds + GRACE_SECONDS) * 1000)
  try {
    const giveBack = await turns.take(ending.signal)
    try {
      return await work(database.until(ending.signal), () => endAt - stopwatch.seconds())
    } finally {
      giveBack()
    }
  } catch (error) {
    throw isCanceled(error) ? tooSlow(bounds, error) : error
  } finally {
    clearTimeout(timer)
  }
}

function tooSlow({ seconds, advice }: Bounds, cause?: unknown): Failure {
  return new Failure('reading_too_slow', `This took longer than ${seconds} seconds: ${advice}`, { cause })
}
