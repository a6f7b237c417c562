import { createHash } from 'node:crypto'
import type { ImportRequest } from '../domain/import-request.ts'
import type { Job } from '../domain/job.ts'
import { type ClientKey, hashOf, type RequestKey } from '../domain/request-key.ts'
import { keyReused, type OnceDeps, sameJob } from './request-once.ts'

interface Asked {
  readonly connectionId: string
  readonly request: Omit<ImportRequest, 'objectKey'>
}

export interface KeyedFile {
  readonly key: ClientKey
  readonly parametersHash: string
  /** The bytes of the given file. They are hashed while they are read, so that the file is read once. */
  readonly file: AsyncIterable<Uint8Array>
  /** Call it only after the whole file was read, since the key contains the hash of the file. */
  readonly requestKey: () => RequestKey
}

export function keyedFile(
  { connectionId, request }: Asked,
  file: AsyncIterable<Uint8Array>,
  key: ClientKey,
): KeyedFile {
  const parametersHash = hashOf({ type: 'users_import', connectionId, request })
  const hash = createHash('sha256')
  return {
    key,
    parametersHash,
    file: hashed(file, (chunk) => hash.update(chunk)),
    requestKey: () => ({ ...key, requestHash: `${parametersHash}${hash.digest('hex')}` }),
  }
}

async function* hashed(
  file: AsyncIterable<Uint8Array>,
  update: (chunk: Uint8Array) => unknown,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of file) {
    // Hashed before the receiver gets the chunk, since the receiver may use the memory again.
    update(chunk)
    yield chunk
  }
}

/**
 * If the key has made a job, the file is read to compare it, and nothing is stored. The parameters are compared first,
 * so that a wrong request is refused at once. Fails with `idempotency_key_reused`.
 */
export async function earlierImport(keyed: KeyedFile, { jobs, clock }: OnceDeps): Promise<Job | undefined> {
  const earlier = await jobs.findKeyed(keyed.key, clock.now())
  if (earlier === undefined) return undefined
  if (!earlier.requestHash.startsWith(keyed.parametersHash)) throw keyReused()
  const chunks = keyed.file[Symbol.asyncIterator]()
  while ((await chunks.next()).done !== true);
  return sameJob(earlier, keyed.requestKey().requestHash)
}
