import type { Socket } from 'node:net'
import type pg from 'pg'

/** If the database does not answer within a limit, the connection is probably dead, so it is cut. */
export interface TimeLimits {
  readonly connectSeconds: number
  readonly answerSeconds: number
  /**
   * For statements that take no time: the begin and the rollback of a transaction, and `select 1`, which tests a
   * connection before its use. Absent: connections are not tested, and `answerSeconds` holds for the other two.
   */
  readonly quickSeconds?: number
  readonly silenceSeconds: number
  readonly server?: {
    readonly statementSeconds: number
    readonly lockSeconds: number
    /** A transaction without a statement keeps its locks, and keeps vacuum from removing dead rows. */
    readonly idleSeconds: number
  }
}

function socketOf(client: pg.ClientBase): Socket {
  return (client as unknown as { readonly connection: { readonly stream: Socket } }).connection.stream
}

/** Closes the socket without a message to the server, which might never arrive. */
export function cut(client: pg.ClientBase, reason?: Error): void {
  socketOf(client).destroy(reason)
}

/** The pool notices a closed socket only later, and could hand out its connection. */
export function isCut(client: pg.ClientBase): boolean {
  return socketOf(client).destroyed
}

export class Silence {
  readonly #idle = new Set<pg.PoolClient>()
  readonly #open = new Set<pg.PoolClient>()

  constructor(pool: pg.Pool) {
    pool.on('connect', (client) => this.#open.add(client))
    pool.on('acquire', (client) => this.#idle.delete(client))
    pool.on('release', (_error, client) => this.#idle.add(client))
    pool.on('remove', (client) => {
      this.#idle.delete(client)
      this.#open.delete(client)
    })
  }

  async bounded<T>(client: pg.ClientBase, seconds: number | undefined, work: () => Promise<T>): Promise<T> {
    if (seconds === undefined) return work()
    const timer = setTimeout(() => {
      cut(client, new SilentError(seconds))
      // The idle connections are probably dead too. The next request would wait as long on one of them.
      for (const idle of this.#idle) cut(idle)
    }, seconds * 1000)
    try {
      return await work()
    } finally {
      clearTimeout(timer)
    }
  }

  async *chunks<Chunk>(
    client: pg.ClientBase,
    source: AsyncIterable<Chunk>,
    limits: TimeLimits | undefined,
  ): AsyncGenerator<Chunk> {
    const each = source[Symbol.asyncIterator]()
    let seconds = limits?.answerSeconds
    try {
      for (;;) {
        const { done, value } = await this.bounded(client, seconds, () => each.next())
        if (done === true) return
        seconds = limits?.silenceSeconds
        yield value
      }
    } finally {
      await each.return?.()
    }
  }

  cutAll(): void {
    for (const client of this.#open) cut(client)
  }
}

class SilentError extends Error {
  readonly code = 'ETIMEDOUT'

  constructor(seconds: number) {
    super(`the database did not answer for ${seconds} seconds`)
  }
}
