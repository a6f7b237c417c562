import { Failure } from '../../domain/failure.ts'
import type { Lent } from '../../domain/lent.ts'
import type { Database, OwnedSession } from '../../pg/database.ts'
import { sqlState } from '../../pg/failure-of.ts'

interface Waiting {
  readonly resolve: (session: OwnedSession) => void
  readonly reject: (reason: unknown) => void
}

// A snapshot ends with the connection that exported it. Then PostgreSQL reports 42704 or 22023, which the worker would
// take for a bug. After `database_unavailable` the worker tries the job again.
function snapshotGone(error: unknown): unknown {
  if (!/^(42704|22023)$/.test(sqlState(error) ?? '')) return error
  return new Failure('database_unavailable', 'The snapshot is gone: its connection was cut. Try again.', {
    cause: error,
  })
}

/**
 * A few connections in one snapshot, for one read each. Reads get them in the order in which they asked: the file is
 * written in that order, so an early read must not wait for a later one.
 */
export class SessionShelf {
  readonly #database: Database
  readonly #begin: (session: OwnedSession) => Promise<void>
  readonly #free: OwnedSession[] = []
  readonly #waiting: Waiting[] = []
  #left: number
  #isClosed = false

  constructor(database: Database, sessionsMax: number, begin: (session: OwnedSession) => Promise<void>) {
    this.#database = database
    this.#left = sessionsMax
    this.#begin = begin
  }

  /**
   * After a read that did not finish, its connection is closed, since the rest of its lines would come first at the
   * next read.
   */
  async *lend(read: (session: OwnedSession) => AsyncIterable<Lent>): AsyncGenerator<Lent> {
    const session = await this.#take()
    let isDone = false
    try {
      yield* read(session)
      isDone = true
    } finally {
      this.#giveBack(session, isDone)
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const waiting of this.#waiting.splice(0)) waiting.reject(new Error('the snapshot is closed'))
    for (const session of this.#free.splice(0)) await endRead(session)
  }

  async #take(): Promise<OwnedSession> {
    const free = this.#free.pop()
    if (free !== undefined) return free
    if (this.#left === 0) return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
    this.#left--
    return this.#open()
  }

  async #open(): Promise<OwnedSession> {
    const session = await this.#database.connect()
    try {
      await this.#begin(session)
      return session
    } catch (error) {
      session.release(true)
      this.#left++
      throw snapshotGone(error)
    }
  }

  #giveBack(session: OwnedSession, isSound: boolean): void {
    const next = this.#waiting.shift()
    if (this.#isClosed || !isSound) {
      session.release(true)
      this.#left++
      if (next !== undefined) this.#take().then(next.resolve, next.reject)
    } else if (next === undefined) this.#free.push(session)
    else next.resolve(session)
  }
}

/** A connection that cannot roll back is dropped, since it may be broken. */
export async function endRead(session: OwnedSession): Promise<void> {
  const isEnded = await session.query('rollback').then(
    () => true,
    () => false,
  )
  session.release(!isEnded)
}
