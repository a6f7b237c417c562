import { JOBS_PREFIX, jobPrefix } from '../domain/object-key.ts'
import type { JobStore } from '../jobs/job-store.ts'
import type { ObjectStore } from '../objects/object-store.ts'

export interface RemoveOrphansDeps {
  readonly jobs: Pick<JobStore, 'known' | 'dropLateBatches'>
  readonly objects: Pick<ObjectStore, 'list' | 'removeAll'>
}

const BATCH = 1000

/**
 * Each file has a row before it has a byte, so a file without a row belongs to nobody. A process that was killed while
 * it received a users file leaves such a file, with password hashes in it, once its upload was dropped. So does a
 * restored dump that lacks the job, and a worker that died after its job was deleted.
 */
export async function removeOrphans({ jobs, objects }: RemoveOrphansDeps): Promise<void> {
  const owners = await objects.list(JOBS_PREFIX)
  for (let at = 0; at < owners.length; at += BATCH) {
    const ids = owners.slice(at, at + BATCH)
    const known = await jobs.known(ids)
    for (const id of ids) if (!known.has(id)) await objects.removeAll(jobPrefix(id))
  }
  await jobs.dropLateBatches()
}
