import { Failure } from '../domain/failure.ts'

/** What the store or the way to it does wrong becomes `object_store_unavailable`, so that a job is tried again. */
export async function inS3<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw s3Failure(error)
  }
}

export function s3Failure(error: unknown): Failure {
  if (error instanceof Failure) return error
  return new Failure('object_store_unavailable', `${wordsFor(error)} Try again later.`, { cause: error })
}

export function isMissing(error: unknown): boolean {
  return ['NotFound', 'NoSuchKey', 'NoSuchUpload'].includes(nameOf(error))
}

/** Since it was opened, another object has taken the key. */
export function isReplaced(error: unknown): boolean {
  return nameOf(error) === 'PreconditionFailed' || statusOf(error) === 412
}

const REFUSED = 'The S3 store refuses the credentials.'
const FORBIDDEN = 'The S3 store does not permit this with these credentials.'
const REGION = 'The bucket is in another region than MUSTER_S3_REGION says.'
const SLOW = 'The S3 store has too much to do.'
const FULL = 'The S3 store is full, or its quota is used up.'
const UNREACHABLE = 'The S3 store cannot be reached.'
const CUT = 'The connection to the S3 store was cut.'

// The message names the problem, so that an operator can repair it. The codes are S3's, the SDK's and the system's.
const BY_NAME: Readonly<Record<string, string>> = {
  NoSuchBucket: 'The bucket does not exist.',
  InvalidBucketName: 'The bucket does not exist.',
  InvalidAccessKeyId: REFUSED,
  SignatureDoesNotMatch: REFUSED,
  ExpiredToken: REFUSED,
  InvalidToken: REFUSED,
  AccessDenied: FORBIDDEN,
  Forbidden: FORBIDDEN,
  CredentialsProviderError: 'No credentials for the S3 store were found.',
  PermanentRedirect: REGION,
  AuthorizationHeaderMalformed: REGION,
  IllegalLocationConstraintException: REGION,
  SlowDown: SLOW,
  ServiceUnavailable: SLOW,
  TooManyRequests: SLOW,
  QuotaExceeded: FULL,
  XMinioStorageFull: FULL,
  InsufficientCapacity: FULL,
  BadDigest: 'Bytes were changed on their way to the S3 store.',
  NoSuchUpload: 'The upload to the S3 store was ended from outside.',
  RequestTimeTooSkewed: 'The clock of this machine or of the S3 store is wrong.',
  TimeoutError: 'The S3 store does not answer in time.',
  ECONNREFUSED: UNREACHABLE,
  ECONNRESET: CUT,
  ENOTFOUND: UNREACHABLE,
  EAI_AGAIN: UNREACHABLE,
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  EPIPE: CUT,
}

const BY_STATUS: Readonly<Record<number, string>> = { 403: FORBIDDEN, 429: SLOW, 503: SLOW, 507: FULL }

function wordsFor(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return (
    // The code comes first, because the SDK names a connection that was cut TimeoutError.
    BY_NAME[code] ??
    BY_NAME[nameOf(error)] ??
    BY_STATUS[statusOf(error) ?? 0] ??
    'The S3 store cannot be used.'
  )
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : ''
}

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined
  return (error.$metadata as { readonly httpStatusCode?: number } | undefined)?.httpStatusCode
}
