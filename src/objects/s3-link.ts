import { GetObjectCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { type Clock, unixSeconds } from '../domain/clock.ts'
import { fileNameOf } from '../domain/object-key.ts'
import type { S3Place } from '../domain/objects-place.ts'
import { mediaTypeOf } from '../formats/formats.ts'
import { at, s3BucketOf } from './s3-bucket.ts'
import { inS3 } from './s3-failure.ts'

interface S3LinksOptions {
  readonly clock: Clock
  readonly lifetimeSeconds: number
}

/**
 * A client gets the file from the store itself, without credentials. The URL ends after its lifetime, and no later than
 * `notAfter`, when the file is removed.
 */
export function s3Links(
  place: S3Place,
  { clock, lifetimeSeconds }: S3LinksOptions,
): (objectKey: string, notAfter: Date) => Promise<string> {
  const bucket = s3BucketOf(place)
  return (objectKey, notAfter) =>
    inS3(() => {
      const signingDate = clock.now()
      const expiresIn = Math.min(lifetimeSeconds, unixSeconds(notAfter) - unixSeconds(signingDate))
      const file = new GetObjectCommand({
        ...at(bucket, objectKey),
        ResponseContentType: mediaTypeOf(objectKey),
        ResponseContentDisposition: `attachment; filename="${fileNameOf(objectKey)}"`,
        ResponseCacheControl: 'no-store',
      })
      return getSignedUrl(bucket.client, file, { signingDate, expiresIn: Math.max(1, expiresIn) })
    })
}
