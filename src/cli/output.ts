import { once } from 'node:events'
import { open, rename, rm } from 'node:fs/promises'
import { Failure } from '../domain/failure.ts'

type Bytes = string | Uint8Array

/**
 * Writes to a file, or to standard output without one. A file has a temporary name until it is whole, so that a full
 * disk or a kill leaves no half of one under its name. Fails with `file_unwritable`, or as the source fails.
 */
export async function writeOut(file: string | undefined, source: AsyncIterable<Bytes>): Promise<void> {
  if (file === undefined) return toStandardOutput(source)
  const temporary = `${file}.${process.pid}.part`
  const handle = await open(temporary, 'wx').catch((cause: unknown) => {
    throw unwritable(file, cause)
  })
  try {
    for await (const bytes of source) await all(handle, bytes, file)
    await handle.sync().catch(() => undefined)
    await handle.close()
    await rename(temporary, file)
  } catch (error) {
    await handle.close().catch(() => undefined)
    await rm(temporary, { force: true })
    throw error
  }
}

async function all(
  handle: { writeFile(bytes: Bytes): Promise<void> },
  bytes: Bytes,
  file: string,
): Promise<void> {
  try {
    await handle.writeFile(bytes)
  } catch (cause) {
    throw unwritable(file, cause)
  }
}

function unwritable(file: string, cause: unknown): Failure {
  return new Failure('file_unwritable', `${file} cannot be written: ${String(cause)}`, { cause })
}

async function toStandardOutput(source: AsyncIterable<Bytes>): Promise<void> {
  for await (const bytes of source) {
    // The reader may be slower than the source, and memory must stay flat.
    if (!process.stdout.write(bytes)) await once(process.stdout, 'drain')
  }
}
