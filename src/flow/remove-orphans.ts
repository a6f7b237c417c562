import type { Stopwatch } from '../domain/clock.ts'
import { JOBS_PREFIX, jobPrefix } from '../domain/object-key.ts'
import type { JobStore } from '../jobs/job-store.ts'
import type { ObjectStore } from '../objects/object-store.ts'

export interface RemoveOrphansDeps {
  readonly jobs: Pick<JobStore, 'known'>
  readonly objects: Pick<ObjectStore, 'list' | 'removeAll'>
  readonly stopwatch: Stopwatch
}

const BATCH = 1000

/** When files were first seen that belong to no job, by the job's id. */
export type OrphansSeen = ReadonlyMap<string, number>

/**
 * Removes the files of jobs that are in no row, once they have been seen so for `seconds`; gives those that were seen.
 * A process that was killed between a users file's last byte and its job's row leaves such a file, with password
 * hashes in it; so does a restored dump that lacks the job. At the start, when no file is being received, `seconds`
 * is 0. Later it must be longer than it takes to add a row.
 */
export async function removeOrphans(
  { jobs, objects, stopwatch }: RemoveOrphansDeps,
  seconds: number,
  seen: OrphansSeen = new Map(),
): Promise<OrphansSeen> {
  const now = stopwatch.seconds()
  const owners = await objects.list(JOBS_PREFIX)
  const orphans = new Map<string, number>()
  for (let at = 0; at < owners.length; at += BATCH) {
    const ids = owners.slice(at, at + BATCH)
    const known = await jobs.known(ids)
    for (const id of ids) if (!known.has(id)) orphans.set(id, seen.get(id) ?? now)
  }
  for (const [id, since] of orphans) if (now - since >= seconds) await objects.removeAll(jobPrefix(id))
  return orphans
}
