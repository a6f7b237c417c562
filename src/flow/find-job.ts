import { addSeconds, type Clock } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import { type ImportError, JOB_LIFETIME_SECONDS, type Job, jobAt, type PlacedError } from '../domain/job.ts'
import type { MintLink } from '../download/link.ts'
import type { JobStore } from '../jobs/job-store.ts'
import { isFirstPage, pageOfFound, unknownCheckpoint } from './page.ts'

export interface FindJobDeps {
  readonly jobs: JobStore
  readonly clock: Clock
  readonly mintLink: MintLink
}

export type FindErrorsDeps = Pick<FindJobDeps, 'jobs' | 'clock'>

export interface FoundJob {
  readonly job: Job
  /** Makes a new link at each call, since a link is valid for 60 seconds. Only for a completed export. */
  readonly link?: () => Promise<string>
}

/** A job expires by its age here, because the sweeper may be late. Fails with `job_not_found`. */
export async function findJob(id: string, deps: FindJobDeps): Promise<FoundJob> {
  const job = await liveJob(id, deps)
  if (job.type !== 'users_export' || job.status !== 'completed' || job.objectKey === undefined) return { job }
  const { objectKey } = job
  const notAfter = addSeconds(job.createdAt, JOB_LIFETIME_SECONDS)
  return { job, link: () => deps.mintLink(objectKey, notAfter) }
}

/** The job itself if it failed without errors of users, as at Auth0. */
export type FoundErrors =
  | { readonly kind: 'job'; readonly job: Job }
  | { readonly kind: 'errors'; readonly errors: readonly ImportError[]; readonly next?: string }

export interface ErrorsQuery {
  readonly from?: string
  readonly take: number
}

/** Fails with `job_not_found`, and with `paging_invalid` if `from` does not have the form of a checkpoint. */
export async function findJobErrors(
  id: string,
  query: ErrorsQuery,
  deps: FindErrorsDeps,
): Promise<FoundErrors> {
  const job = await liveJob(id, deps, 'The job does not exist')
  const from = isFirstPage(query.from) ? {} : { after: positionOf(query.from) }
  const found = hasEnded(job) ? await deps.jobs.errors(id, { ...from, take: query.take + 1 }) : []
  if (found.length === 0 && isFirstPage(query.from) && job.status === 'failed') return { kind: 'job', job }
  const { entries, ...next } = pageOfFound(found, query.take, checkpointOf)
  return { kind: 'errors', errors: entries.map(({ error }) => error), ...next }
}

function hasEnded(job: Job): boolean {
  return job.type === 'users_import' && (job.status === 'completed' || job.status === 'failed')
}

function checkpointOf({ position }: PlacedError): string {
  return Buffer.from(String(position)).toString('base64url')
}

function positionOf(checkpoint: string): number {
  const text = Buffer.from(checkpoint, 'base64url').toString()
  // A position has at most nine digits. A longer number would be an error in PostgreSQL.
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw unknownCheckpoint()
}

/** Fails with `job_not_found`. */
export async function liveJob(
  id: string,
  deps: Pick<FindJobDeps, 'clock'> & { readonly jobs: Pick<JobStore, 'find'> },
  unknown = 'Job not found.',
): Promise<Job> {
  const job = await deps.jobs.find(id)
  const seen = job === undefined ? undefined : jobAt(job, deps.clock.now())
  if (seen === undefined) throw jobNotFound(unknown)
  return seen
}

export function jobNotFound(message = 'Job not found.'): Failure {
  return new Failure('job_not_found', message)
}
