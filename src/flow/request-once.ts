import { Failure } from '../domain/failure.ts'
import type { Job } from '../domain/job.ts'
import { type ClientKey, hashOf, type RequestKey } from '../domain/request-key.ts'
import type { KeyedJob } from '../jobs/job-store.ts'
import type { RequestJobDeps } from './request-job.ts'

export type OnceDeps = Pick<RequestJobDeps, 'jobs' | 'clock'>

interface Once {
  readonly key: ClientKey | undefined
  readonly asked: unknown
}

// A second try finds the job that a request with the same key has added meanwhile. A third is needed if that job was
// deleted in between.
const TRIES_MAX = 3

/**
 * Lets a client send its request again: if a request with this key has made a job, gives that job as it stands now.
 * `make` gives undefined if another request has added a job with the key meanwhile. Fails with
 * `idempotency_key_reused`, or as `make` does.
 */
export async function requestOnce(
  { key, asked }: Once,
  deps: OnceDeps,
  make: (key: RequestKey | undefined) => Promise<Job | undefined>,
): Promise<Job> {
  const requestKey = key === undefined ? undefined : { ...key, requestHash: hashOf(asked) }
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const earlier = requestKey === undefined ? undefined : await earlierJob(requestKey, deps)
    const job = earlier ?? (await make(requestKey))
    if (job !== undefined) return job
  }
  throw new Failure(
    'database_unavailable',
    'The jobs with this Idempotency-Key keep changing. Try again later.',
  )
}

/** Fails with `idempotency_key_reused`. */
export async function earlierJob(key: RequestKey, { jobs, clock }: OnceDeps): Promise<Job | undefined> {
  const earlier = await jobs.findKeyed(key, clock.now())
  return earlier === undefined ? undefined : sameJob(earlier, key.requestHash)
}

/** Fails with `idempotency_key_reused`. */
export function sameJob({ job, requestHash }: KeyedJob, asked: string): Job {
  if (requestHash === asked) return job
  throw keyReused()
}

export function keyReused(): Failure {
  return new Failure(
    'idempotency_key_reused',
    'This Idempotency-Key was sent with another request in the last 24 hours. Send a new key with a new request.',
  )
}
