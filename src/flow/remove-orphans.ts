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

/** For the id of each missing job: the second at which its files were first seen. */
export type OrphansSeen = ReadonlyMap<string, number>

/**
 * Removes files without a job in the database, if earlier calls have seen them so for `seconds`. Gives those seen now.
 * 1. A process that is killed after the last byte of a users file and before its job's row leaves such a file, with
 *    password hashes. A restored dump that lacks the job leaves one too.
 * 2. At the start no file is being received, so `seconds` is 0. Later it must be longer than adding a row takes.
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
