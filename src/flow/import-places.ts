import { addSeconds, type Clock, unixSeconds } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import type { JobStore } from '../jobs/job-store.ts'

/** Auth0's documentation: "The user import job concurrency limit is 2". */
const ACTIVE_IMPORTS_MAX = 2

// Most forms are stored in under a second, so a client that tries again after this time has a good chance.
const RETRY_SECONDS = 1

/** As long as a worker's lease, so that a stall of the event loop does not cost an upload. */
export const UPLOAD_LEASE_SECONDS = 15
const UPLOAD_RENEW_SECONDS = 1

/**
 * Takes the place before the file is read, so that no file is received in vain. The place is renewed until the returned
 * function is called. Fails with `imports_too_many`.
 */
export async function takePlace(
  id: string,
  { jobs, clock }: { readonly jobs: JobStore; readonly clock: Clock },
  renewSeconds = UPLOAD_RENEW_SECONDS,
): Promise<() => void> {
  const limits = { leaseSeconds: UPLOAD_LEASE_SECONDS, activeMax: ACTIVE_IMPORTS_MAX }
  const refusal = await jobs.beginUpload(id, clock.now(), limits)
  if (refusal !== undefined) throw tooManyImports(refusal.active, clock.now())
  let isRenewing = false
  const renew = async (): Promise<void> => {
    // A slow database must not gather a queue of renewals.
    if (isRenewing) return
    isRenewing = true
    // A failed renewal is followed by another. If the upload was dropped meanwhile, `addUploaded` says so.
    await jobs.renewUpload(id, clock.now(), UPLOAD_LEASE_SECONDS).catch(() => undefined)
    isRenewing = false
  }
  const timer = setInterval(() => void renew(), renewSeconds * 1000)
  return () => clearInterval(timer)
}

function tooManyImports(active: number, now: Date): Failure {
  return new Failure(
    'imports_too_many',
    `There are ${active} active import users jobs, please wait until some of them are finished and try again`,
    {
      headers: {
        'retry-after': String(RETRY_SECONDS),
        'x-ratelimit-limit': String(ACTIVE_IMPORTS_MAX),
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(unixSeconds(addSeconds(now, RETRY_SECONDS))),
      },
    },
  )
}
