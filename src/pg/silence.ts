import type { Socket } from 'node:net'
import type pg from 'pg'

/** How long this process waits for the database. After that it cuts the connection. */
export interface TimeLimits {
  /** For a connection, free or new. */
  readonly connectSeconds: number
  /** For the answer to a statement, and for the first bytes of a COPY. */
  readonly answerSeconds: number
  /**
   * For what takes no time: the begin and the rollback of a transaction, and a word from a connection before it is
   * used. Absent means that a connection is used unasked, and `answerSeconds` for the others.
   */
  readonly quickSeconds?: number
  /** For the next bytes of a COPY. */
  readonly silenceSeconds: number
  /** What the server itself keeps to: a statement that is too slow, or that waits for a lock, ends there, too. */
  readonly server?: { readonly statementSeconds: number; readonly lockSeconds: number }
}

function socketOf(client: pg.ClientBase): Socket {
  return (client as unknown as { readonly connection: { readonly stream: Socket } }).connection.stream
}

/** Ends a connection without a word to the server. */
export function cut(client: pg.ClientBase, reason?: Error): void {
  socketOf(client).destroy(reason)
}

/** Whether the socket of a connection is closed. The pool learns of it later. */
export function isCut(client: pg.ClientBase): boolean {
  return socketOf(client).destroyed
}

/** Cuts a connection that does not answer. */
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

  /** Runs work on a connection, which is cut when the work takes longer. */
  async bounded<T>(client: pg.ClientBase, seconds: number | undefined, work: () => Promise<T>): Promise<T> {
    if (seconds === undefined) return work()
    const timer = setTimeout(() => {
      cut(client, new SilentError(seconds))
      // The cause has probably silenced the idle connections too. Without this, the next request would wait as long again.
      for (const idle of this.#idle) cut(idle)
    }, seconds * 1000)
    try {
      return await work()
    } finally {
      clearTimeout(timer)
    }
  }

  /** Each chunk of a COPY in time. */
  async *chunks(
    client: pg.ClientBase,
    source: AsyncIterable<Uint8Array>,
    limits: TimeLimits | undefined,
  ): AsyncGenerator<Uint8Array> {
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
