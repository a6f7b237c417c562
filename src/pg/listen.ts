import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import pg from 'pg'
import { CONNECTION } from './connection.ts'
import { failureOf } from './failure-of.ts'
import { cut } from './silence.ts'

export interface Listener {
  stop(): Promise<void>
}

export interface ListenOptions {
  readonly url: string
  readonly channel: string
  /**
   * Called with the text of each notice. After each connect it is called with an empty text, because notices may have
   * been missed before.
   */
  readonly onNotice: (text: string) => void
  /** Called once when the connection is lost or cannot be made, and not again before it works. */
  readonly onLost: (error: unknown) => void
}

const CONNECT_SECONDS = 5
const RETRY_MS = 1000

/** Listens on a connection outside of the pools, since it needs one for ever. If that breaks, it makes a new one. */
export function startListening(options: ListenOptions): Listener {
  const stopping = new AbortController()
  const ended = listenUntil(stopping.signal, options)
  return {
    stop: () => {
      stopping.abort()
      return ended
    },
  }
}

async function listenUntil(stopped: AbortSignal, { onLost, ...options }: ListenOptions): Promise<void> {
  let isLost = false
  const onReady = (): void => {
    isLost = false
    options.onNotice('')
  }
  while (!stopped.aborted) {
    const error = await listenOnce(stopped, { ...options, onReady }).catch((reason: unknown) => reason)
    if (stopped.aborted) return
    if (!isLost) onLost(failureOf(error))
    isLost = true
    await setTimeout(RETRY_MS, undefined, { signal: stopped }).catch(() => undefined)
  }
}

interface Listening extends Omit<ListenOptions, 'onLost'> {
  readonly onReady: () => void
}

/** Returns when the connection is lost. Fails if it cannot be made, or if the signal aborts. */
async function listenOnce(
  stopped: AbortSignal,
  { url, channel, onNotice, onReady }: Listening,
): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    ...CONNECTION,
    connectionTimeoutMillis: CONNECT_SECONDS * 1000,
    query_timeout: CONNECT_SECONDS * 1000,
  })
  const lost = once(client, 'end', { signal: stopped })
  // A broken connection may report more than one error. Without a listener, each would end the process.
  client.on('error', () => undefined)
  client.on('notification', ({ payload }) => onNotice(payload ?? ''))
  const begin = async (): Promise<void> => {
    await client.connect()
    await client.query(`listen ${channel}`)
    onReady()
  }
  try {
    await Promise.race([begin(), lost])
    await lost
  } finally {
    cut(client)
  }
}
