import { JOBS_PREFIX, jobPrefix } from '../domain/object-key.ts'
import type { JobStore } from '../jobs/job-store.ts'
import type { ObjectStore } from '../objects/object-store.ts'

export interface RemoveOrphansDeps {
  readonly jobs: Pick<JobStore, 'withFiles' | 'dropLateBatches'>
  readonly objects: Pick<ObjectStore, 'list' | 'removeAll'>
}

const BATCH = 1000

/**
 * Each file has a row before it has a byte, so a file without a row is of no use. Four causes leave such a file:
 * 1. A process was killed while it received a users file, which may hold password hashes.
 * 2. A restored dump lacks the job.
 * 3. A worker died after its job was deleted.
 * 4. A worker lost its job, which expired, and could not remove what it had written after that.
 */
export async function removeOrphans({ jobs, objects }: RemoveOrphansDeps): Promise<void> {
  const owners = await objects.list(JOBS_PREFIX)
  for (let at = 0; at < owners.length; at += BATCH) {
    const ids = owners.slice(at, at + BATCH)
    const kept = await jobs.withFiles(ids)
    for (const id of ids) if (!kept.has(id)) await objects.removeAll(jobPrefix(id))
  }
  await jobs.dropLateBatches()
}
