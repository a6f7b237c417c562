import { createGunzip, type Gunzip } from 'node:zlib'
import { Failure } from '../domain/failure.ts'
import { newRecordCount } from '../verify/record-count.ts'
import type { Stage } from './export-files.ts'

export interface Unpacked {
  readonly bytes: number
  /** Lines, or records of CSV with the header. */
  readonly records: number
}

export interface Unpacking extends Stage {
  contents(): Unpacked
}

// Large, because each piece takes a turn of the thread pool.
const PIECE_BYTES = 256 * 1024

/** Unpacks and counts on the way to the next stage. Fails with `file_incomplete` if the file is damaged. */
export function newUnpacking(next: Stage, { hasQuotes }: { readonly hasQuotes: boolean }): Unpacking {
  let run = begin(next, hasQuotes)
  return {
    write: (chunk) => run.write(chunk),
    end: async () => {
      await run.end()
      await next.end()
    },
    restart: async () => {
      run.leave()
      await next.restart()
      run = begin(next, hasQuotes)
    },
    contents: () => run.contents(),
  }
}

/** One pass over the file. If the file changes on the server, another pass begins. */
function begin(next: Stage, hasQuotes: boolean) {
  const gunzip = createGunzip({ chunkSize: PIECE_BYTES })
  const count = newRecordCount(hasQuotes)
  let bytes = 0
  const pouring = (async () => {
    for await (const piece of piecesOf(gunzip)) {
      bytes += piece.length
      count.see(piece)
      await next.write(piece)
    }
  })()
  // `write` and `end` report the failure. Unhandled, one that comes between them would end the process.
  let hasFailed = false
  pouring.catch(() => {
    hasFailed = true
  })
  return {
    write: async (chunk: Buffer): Promise<void> => {
      if (hasFailed) await pouring
      if (!gunzip.write(chunk)) await Promise.race([drained(gunzip), pouring])
    },
    end: async (): Promise<void> => {
      gunzip.end()
      await pouring
    },
    leave: (): void => void gunzip.destroy(),
    contents: (): Unpacked => ({ bytes, records: count.count() }),
  }
}

function drained(gunzip: Gunzip): Promise<void> {
  return new Promise((resolve) => gunzip.once('drain', resolve))
}

async function* piecesOf(gunzip: Gunzip): AsyncGenerator<Buffer> {
  try {
    yield* gunzip as AsyncIterable<Buffer>
  } catch (cause) {
    throw new Failure(
      'file_incomplete',
      `The file cannot be unpacked: ${String(cause)}. Run the command again.`,
      {
        cause,
      },
    )
  }
}
