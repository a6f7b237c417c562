import type { Clock } from '../domain/clock.ts'
import type { Connection } from '../domain/connection.ts'
import { Failure } from '../domain/failure.ts'
import type { Job, JobOrigin } from '../domain/job.ts'
import type { RequestKey } from '../domain/request-key.ts'
import type { JobStore, NewJob } from '../jobs/job-store.ts'
import type { ConnectionStore } from '../users/connection-store.ts'

export interface RequestJobDeps {
  readonly jobs: JobStore
  readonly connections: ConnectionStore
  readonly clock: Clock
  /** For a worker in this thread, which would see the job only at its next poll. The database notifies all others. */
  readonly wake: () => void
  readonly origin?: JobOrigin
}

/** Undefined if another job has the key, which the caller must then look for. */
export async function addJob<New extends NewJob>(
  job: New,
  key: RequestKey | undefined,
  { jobs, wake, origin }: Pick<RequestJobDeps, 'jobs' | 'wake' | 'origin'>,
): Promise<Job | undefined> {
  if (!(await jobs.add({ ...job, ...(origin === undefined ? {} : { origin }) }, key))) return undefined
  wake()
  return { ...job, status: 'pending' }
}

/** Fails with `connection_unknown` if the store has found no connection. */
export function knownConnection(found: Connection | undefined): Connection {
  if (found === undefined) throw new Failure('connection_unknown', 'The connection does not exist.')
  return found
}
