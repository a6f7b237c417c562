import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { plainBytes } from '../decode/plain-bytes.ts'
import { CSV_DIALECT } from '../domain/export-request.ts'
import { Failure } from '../domain/failure.ts'
import { FORMATS } from '../formats/formats.ts'
import type { ReceiptClaims } from '../receipts/receipt-claims.ts'
import { newRecordCount } from './record-count.ts'

export interface FileAsStored {
  readonly bytes: number
  readonly sha256: string
}

export interface FileContents {
  /** Larger than the claim if the file holds more. The rest is then not read, since the file is proven wrong. */
  readonly unpackedBytes: number
  readonly users: number
  readonly header: 'as claimed' | 'another' | 'none'
  /** Set if the contents could not be read to the end. */
  readonly problem?: string
}

export async function sizeAndHashOf(file: string): Promise<FileAsStored> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of bytesOf(file)) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { bytes, sha256: hash.digest('hex') }
}

/** Reads the file as a stream, so that memory stays flat. Fails with `verify_unreadable`. */
export async function contentsOf(file: string, claims: ReceiptClaims): Promise<FileContents> {
  const { format, csv } = claims.request
  const dialect = { ...CSV_DIALECT, ...csv }
  const { rows } = FORMATS[format]
  const head = Buffer.from(rows.head(claims.columns, dialect))
  const records = newRecordCount(rows.hasQuotes)
  let start = Buffer.alloc(0)
  let unpackedBytes = 0
  const soFar = (): FileContents => {
    const users = records.count() - (head.length > 0 ? 1 : 0)
    const header = head.length === 0 ? 'none' : start.equals(head) ? 'as claimed' : 'another'
    return { unpackedBytes, users: Math.max(users, 0), header }
  }
  try {
    const limits = { bytesFree: Number.POSITIVE_INFINITY, ratioMax: 0 }
    for await (const chunk of plainBytes(bytesOf(file), limits)) {
      if (start.length < head.length)
        start = Buffer.concat([start, chunk.subarray(0, head.length - start.length)])
      records.see(chunk)
      unpackedBytes += chunk.length
      // A small file can unpack to an endless one, so reading stops as soon as it is too long.
      if (unpackedBytes > claims.unpacked_bytes) break
    }
    return soFar()
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'import_unreadable') throw error
    return { ...soFar(), problem: error.message.replace('The users file', 'the file') }
  }
}

async function* bytesOf(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file)
  } catch (cause) {
    throw new Failure('verify_unreadable', `The file cannot be read: ${String(cause)}`, { cause })
  }
}
