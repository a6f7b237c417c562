import { Readable } from 'node:stream'

export interface InOrderOptions {
  /** How many sources are open at once, with the one whose turn it is. */
  readonly ahead: number
  /** A source may have this many chunks ready before its turn. This bounds the memory. */
  readonly chunksMax: number
  /** If it aborts, the loop fails with its reason, even if a source waits for something that never comes. */
  readonly signal: AbortSignal
}

/**
 * Several sources are read at once, but given out one after the other. A source that is ahead of its turn waits once it
 * has `chunksMax` chunks ready. Leaving the loop early, or the first failure, ends every open source.
 */
export async function* inOrder<Source, Chunk>(
  sources: Iterable<Source>,
  read: (source: Source) => AsyncIterable<Chunk>,
  options: InOrderOptions,
): AsyncGenerator<Chunk> {
  const toOpen = sources[Symbol.iterator]()
  const open: Readable[] = []
  const openNext = (): void => {
    const next = toOpen.next()
    if (next.done !== true) open.push(started(read(next.value), options.chunksMax))
  }
  try {
    for (let count = 0; count < options.ahead; count++) openNext()
    for (let head = open[0]; head !== undefined; head = open[0]) {
      yield* untilAborted<Chunk>(head, options.signal)
      open.shift()
      openNext()
    }
  } finally {
    for (const source of open) source.destroy()
  }
}

function started(source: AsyncIterable<unknown>, chunksMax: number): Readable {
  const readable = Readable.from(source, { objectMode: true, highWaterMark: chunksMax })
  // A failure ahead of its turn is reported when its turn comes, by the loop that reads it.
  readable.on('error', () => undefined)
  readable.read(0)
  return readable
}

// A generator that waits can be neither ended nor failed from outside, so it is left waiting.
async function* untilAborted<Chunk>(
  source: AsyncIterable<Chunk>,
  signal: AbortSignal,
): AsyncGenerator<Chunk> {
  const chunks = source[Symbol.asyncIterator]()
  let fail: (reason: unknown) => void = () => undefined
  const onAbort = (): void => fail(signal.reason)
  signal.addEventListener('abort', onAbort)
  try {
    for (;;) {
      signal.throwIfAborted()
      const next = await new Promise<IteratorResult<Chunk>>((resolve, reject) => {
        fail = reject
        chunks.next().then(resolve, reject)
      })
      if (next.done === true) return
      yield next.value
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
