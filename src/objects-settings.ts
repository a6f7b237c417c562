import { join, resolve } from 'node:path'
import type { FolderPlace, ObjectsPlace, S3Encryption } from './domain/objects-place.ts'
import { flag, type Key, matching, objectsUrl, type ValuesOf, webUrl } from './settings.ts'

export const OBJECTS_KEYS = {
  objects: {
    env: 'MUSTER_OBJECTS',
    flag: '--objects <place>',
    about: 'Where files lie: s3://bucket/prefix, or a folder.',
    unset: 'the folder objects in the data folder',
    parse: objectsUrl,
  },
  s3Endpoint: {
    env: 'MUSTER_S3_ENDPOINT',
    about: 'URL of a store that speaks the API of Amazon S3.',
    unset: "Amazon's own",
    parse: webUrl,
  },
  s3Region: {
    env: 'MUSTER_S3_REGION',
    about: 'Region of the bucket.',
    unset: 'us-east-1 with an endpoint, else as the AWS SDK finds it',
    parse: matching(/^[A-Za-z0-9-]{1,64}$/, '1 to 64 letters, digits and hyphens'),
  },
  s3PathStyle: {
    env: 'MUSTER_S3_PATH_STYLE',
    about: "Whether the bucket is in the URL's path and not in its host; true or false.",
    unset: 'true with an endpoint, else false',
    parse: flag,
  },
  s3Sse: {
    env: 'MUSTER_S3_SSE',
    about: 'How the store encrypts files: none (as the bucket says), AES256, aws:kms or aws:kms:KEY.',
    fallback: 'none',
    parse: matching(/^(none|AES256|aws:kms(:\S{1,2048})?)$/, 'none, AES256, aws:kms or aws:kms:KEY'),
  },
  downloads: {
    env: 'MUSTER_DOWNLOADS',
    about: 'How clients get files: through Muster, or direct from the S3 store.',
    fallback: 'through',
    parse: matching(/^(through|direct)$/, 'through or direct'),
  },
} as const satisfies Record<string, Key<unknown>>

type Values = ValuesOf<typeof OBJECTS_KEYS>

export function objectsContradictions({ objects, downloads }: Values): string[] {
  if (downloads !== 'direct' || objects?.kind === 's3') return []
  return ['MUSTER_DOWNLOADS: expected through where MUSTER_OBJECTS is a folder: clients cannot reach it']
}

export function objectsOf(values: Values, dataDir: string): ObjectsPlace {
  const { objects, s3Endpoint: endpoint, s3Region, s3PathStyle, s3Sse } = values
  if (objects?.kind !== 's3')
    return { kind: 'folder', folder: resolve(objects?.folder ?? defaultFolder(dataDir)) }
  return {
    ...objects,
    endpoint,
    region: s3Region ?? (endpoint === undefined ? undefined : 'us-east-1'),
    isPathStyle: s3PathStyle ?? endpoint !== undefined,
    encryption: encryptionOf(s3Sse),
  }
}

/** Files in the data folder move with it, and its lock covers them. A folder elsewhere needs a lock of its own. */
export function isDefaultFolder({ folder }: FolderPlace, dataDir: string): boolean {
  return folder === defaultFolder(dataDir)
}

function defaultFolder(dataDir: string): string {
  return join(dataDir, 'objects')
}

function encryptionOf(text: string): S3Encryption {
  if (text === 'none' || text === 'AES256') return { kind: text }
  return { kind: 'aws:kms', keyId: text.slice('aws:kms:'.length) || undefined }
}
