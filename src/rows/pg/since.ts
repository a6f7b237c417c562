import assert from 'node:assert'
import { changesForgotten } from '../../domain/failure.ts'
import { tellsDeletions } from '../../formats/formats.ts'
import type { Session } from '../../pg/database.ts'
import type { Since } from '../../relations/relation.ts'
import type { SnapshotOptions } from './ranges.ts'

/** Changes after the timestamp are those that the snapshot `seen` could not see. */
export async function momentOf(
  session: Session,
  { clock, relation }: Pick<SnapshotOptions, 'clock' | 'relation'>,
  seen: string,
): Promise<Date> {
  const now = clock.now()
  return relation.changes === undefined ? now : relation.changes.record(session, now, seen)
}

/** Fails with `changes_forgotten` if the file would lack deletions. */
export async function sinceOf(
  session: Session,
  { plan, relation }: Pick<SnapshotOptions, 'plan' | 'relation'>,
): Promise<Since | undefined> {
  if (plan.since === undefined) return undefined
  assert(relation.changes !== undefined, 'since is only for users whose changes are known')
  const { since, isForgotten } = await relation.changes.recall(session, plan.since)
  if (isForgotten && plan.ignoresDeletions !== true && tellsDeletions(plan.format)) {
    throw changesForgotten(plan.since)
  }
  return since
}
