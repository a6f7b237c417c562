import type { Clock } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import { type LinkQuery, verifyLink } from '../download/link.ts'
import type { ObjectStore, OpenObject } from '../objects/object-store.ts'

export interface OpenDownloadDeps {
  readonly objects: ObjectStore
  readonly clock: Clock
  readonly linkSecret: Uint8Array
}

/**
 * Opens the object that a link is for. The caller closes it. Fails with `link_invalid`, `link_expired`, or
 * `object_not_found` when the link is good but the file's time is over.
 */
export async function openDownload(
  objectKey: string,
  query: Partial<LinkQuery>,
  deps: OpenDownloadDeps,
): Promise<OpenObject> {
  const verdict = verifyLink(objectKey, query, { secret: deps.linkSecret, clock: deps.clock })
  if (verdict === 'invalid') {
    throw new Failure(
      'link_invalid',
      'This link was not made here, or has been changed. Get the job again for a fresh one.',
    )
  }
  if (verdict === 'expired') {
    throw new Failure(
      'link_expired',
      'This link has expired: links live 60 seconds. Get the job again for a fresh one.',
    )
  }
  const object = await deps.objects.open(objectKey)
  if (object === undefined) {
    throw new Failure('object_not_found', 'The file is gone: files live 24 hours. Create a new export job.')
  }
  return object
}
