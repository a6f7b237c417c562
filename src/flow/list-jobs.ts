import { addSeconds, type Clock } from '../domain/clock.ts'
import {
  JOB_LIFETIME_SECONDS,
  JOB_MEMORY_SECONDS,
  JOB_STATUSES,
  JOB_TYPES,
  type Job,
  type JobStatus,
  type JobType,
  jobAt,
  shownStatus,
} from '../domain/job.ts'
import { MOMENT_MAX } from '../domain/moment.ts'
import type { JobListing, JobSpan, JobStore } from '../jobs/job-store.ts'
import { type CheckpointPage, isFirstPage, pageOfFound, unknownCheckpoint } from './page.ts'

export interface ListJobsDeps {
  readonly jobs: Pick<JobStore, 'list'>
  readonly clock: Clock
}

export interface JobsQuery {
  readonly type?: JobType | undefined
  readonly status?: JobStatus | undefined
  /** Finds no expired job, since an expired job has lost its connection. */
  readonly connectionId?: string | undefined
  readonly createdAfter?: Date | undefined
  readonly createdBefore?: Date | undefined
  readonly from?: string | undefined
  readonly take: number
}

/** Newest first. Fails with `paging_invalid` if `from` does not have the form of a checkpoint. */
export async function listJobs(
  query: JobsQuery,
  { jobs, clock }: ListJobsDeps,
): Promise<CheckpointPage<Job>> {
  const { connectionId, from, take } = query
  const now = clock.now()
  const listing: JobListing = {
    spans: spansOf(query, now),
    ...(connectionId === undefined ? {} : { connectionId }),
    ...(isFirstPage(from) ? {} : { from: placeOf(from) }),
    take: take + 1,
  }
  const page = pageOfFound(await jobs.list(listing), take, checkpointOf)
  return { ...page, entries: page.entries.flatMap((job) => jobAt(job, now) ?? []) }
}

// For spans without an upper bound: no request can name a later timestamp.
const NEVER = new Date(MOMENT_MAX)

/** A job's age decides whether it is shown as expired. So each stored status has a young span and an old span. */
function spansOf(query: JobsQuery, now: Date): readonly JobSpan[] {
  const { type, status, connectionId, createdAfter, createdBefore } = query
  const forgotten = addSeconds(now, -JOB_MEMORY_SECONDS)
  const expired = addSeconds(now, -JOB_LIFETIME_SECONDS)
  const types = type === undefined ? JOB_TYPES : [type]
  const kinds = types.flatMap((each) => JOB_STATUSES.map((stored) => ({ type: each, status: stored })))
  const young = kinds
    .filter((kind) => status === undefined || shownStatus(kind) === status)
    .map((kind) => ({ ...kind, after: expired, before: NEVER }))
  // A job of exactly 24 hours is old. Timestamps of jobs are whole milliseconds, so one more millisecond includes it.
  const justAfter = addSeconds(expired, 0.001)
  const isOldWanted = connectionId === undefined && (status === undefined || status === 'expired')
  const old = kinds
    .filter(() => isOldWanted)
    .map((kind) => ({ ...kind, after: forgotten, before: justAfter }))
  return [...young, ...old]
    .map((span) => ({
      ...span,
      after: later(span.after, createdAfter),
      before: earlier(span.before, createdBefore),
    }))
    .filter(({ after, before }) => after < before)
}

function later(one: Date, other: Date = one): Date {
  return one > other ? one : other
}

function earlier(one: Date, other: Date = one): Date {
  return one < other ? one : other
}

// Names a place in the list. So the list goes on even if the job at this place was deleted.
function checkpointOf({ createdAt, id }: Job): string {
  return Buffer.from(`${createdAt.getTime()}.${id}`).toString('base64url')
}

function placeOf(checkpoint: string): Pick<Job, 'createdAt' | 'id'> {
  const [, time, id] = /^(\d{1,15})\.(\w{1,64})$/.exec(Buffer.from(checkpoint, 'base64url').toString()) ?? []
  if (id === undefined || Number(time) > MOMENT_MAX) throw unknownCheckpoint()
  return { createdAt: new Date(Number(time)), id }
}
