import type { Clock } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import { type LinkQuery, verifyLink } from '../download/link.ts'
import type { ObjectStore, OpenObject } from '../objects/object-store.ts'

export interface OpenDownloadDeps {
  readonly objects: ObjectStore
  readonly clock: Clock
  readonly linkSecret: Uint8Array
}

/** The caller closes the object. Fails with `link_invalid`, `link_expired`, or `object_not_found` if it was removed. */
export async function openDownload(
  objectKey: string,
  query: Partial<LinkQuery>,
  deps: OpenDownloadDeps,
): Promise<OpenObject> {
  const verdict = verifyLink(objectKey, query, { secret: deps.linkSecret, clock: deps.clock })
  if (verdict === 'invalid') {
    throw new Failure(
      'link_invalid',
      'This link is not from this server, or was changed. Get the job again for a new link.',
    )
  }
  if (verdict === 'expired') {
    throw new Failure(
      'link_expired',
      'This link has expired: links are valid for 60 seconds. Get the job again for a new link.',
    )
  }
  const object = await deps.objects.open(objectKey)
  if (object === undefined) {
    throw new Failure(
      'object_not_found',
      'The file is gone: files are kept for 24 hours, or until their job is deleted. Create a new export job.',
    )
  }
  return object
}
