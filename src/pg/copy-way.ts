import { Socket } from 'node:net'
import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { type Lent, owned } from '../domain/lent.ts'
import { CopiedTexts } from './copied-texts.ts'
import { CopyOutQuery } from './copy-out.ts'
import { newLendingSocket } from './lending-socket.ts'
import { cut } from './silence.ts'

export interface CopyOut {
  readonly chunks: AsyncIterable<Lent>
  /** The sum of the query's second column, over the rows that have come so far. */
  readonly total: () => number
}

/** There are two ways, because the fast one depends on the inside of `pg`. */
export interface CopyWay {
  newSocket(): Socket
  copyOut(client: pg.PoolClient, query: string): CopyOut
}

/**
 * Reads a socket into one buffer again and again, which spares the garbage collector much work. It depends on the
 * inside of `pg`, so it is tried before use (try-copy.ts).
 */
export const lendingWay: CopyWay = {
  newSocket: newLendingSocket,
  copyOut: (client, query) => {
    const copy = client.query(new CopyOutQuery(copying(query)))
    return { chunks: copy, total: () => copy.total }
  },
}

/** By pg-copy-streams, which makes a buffer for each read and works with any `pg`. */
export const plainWay: CopyWay = {
  newSocket: () => new Socket(),
  copyOut: (client, query) => {
    const texts = new CopiedTexts()
    return { chunks: plainChunks(client, query, texts), total: () => texts.total }
  },
}

async function* plainChunks(client: pg.PoolClient, query: string, texts: CopiedTexts): AsyncGenerator<Lent> {
  let isEnded = false
  try {
    for await (const bytes of client.query(copyTo(copying(query))) as AsyncIterable<Buffer>) {
      const { textBytes } = texts.take(bytes)
      if (textBytes > 0) yield owned(bytes.subarray(0, textBytes))
    }
    isEnded = true
  } finally {
    if (!isEnded) cut(client)
  }
}

function copying(query: string): string {
  return `copy (${query}) to stdout (format binary)`
}
