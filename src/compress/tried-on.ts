import { gunzipSync } from 'node:zlib'
import { allOwned } from '../domain/lent.ts'
import type { Compressor } from './compressor.ts'

export async function triedOn(compress: Compressor, signal: AbortSignal): Promise<Buffer | undefined> {
  const line = Buffer.from('user_id,email\r\n')
  const pieces: Uint8Array[] = []
  for await (const { bytes, release } of compress([() => allOwned([line])], 1, signal)) {
    pieces.push(Buffer.from(bytes))
    release()
  }
  const file = Buffer.concat(pieces)
  return gunzipSync(file).equals(line) ? file : undefined
}
