import { S3Client, type ServerSideEncryption } from '@aws-sdk/client-s3'
import { given } from '../domain/given.ts'
import type { S3Encryption, S3Place } from '../domain/objects-place.ts'

export interface S3Bucket {
  readonly client: S3Client
  readonly name: string
  readonly prefix: string
  readonly encryption: { readonly ServerSideEncryption?: ServerSideEncryption; readonly SSEKMSKeyId?: string }
}

export interface S3Patience {
  readonly connectMilliseconds: number
  /** If nothing moves on a request's connection for this long, the connection is cut. */
  readonly silenceMilliseconds: number
}

const PATIENCE: S3Patience = { connectMilliseconds: 5_000, silenceMilliseconds: 60_000 }

/** Credentials come from AWS's standard chain. Each request is tried three times, unless AWS's own settings differ. */
export function s3BucketOf(place: S3Place, patience = PATIENCE): S3Bucket {
  const { endpoint, region, isPathStyle, bucket, prefix, encryption } = place
  const client = new S3Client({
    ...given({ endpoint, region }),
    forcePathStyle: isPathStyle,
    // Many stores know no checksums in trailers. The bytes of objects carry an MD5 instead.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: patience.connectMilliseconds,
      socketTimeout: patience.silenceMilliseconds,
    },
  })
  return { client, name: bucket, prefix, encryption: membersOf(encryption) }
}

export function at({ name, prefix }: S3Bucket, key: string): { Bucket: string; Key: string } {
  return { Bucket: name, Key: `${prefix}${key}` }
}

function membersOf(encryption: S3Encryption): S3Bucket['encryption'] {
  switch (encryption.kind) {
    case 'none':
      return {}
    case 'AES256':
      return { ServerSideEncryption: 'AES256' }
    case 'aws:kms':
      return given({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: encryption.keyId })
    default:
      return encryption satisfies never
  }
}
