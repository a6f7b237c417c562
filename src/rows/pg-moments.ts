import { addSeconds } from '../domain/clock.ts'
import { changesForgotten } from '../domain/failure.ts'
import { tellsDeletions } from '../formats/formats.ts'
import type { Session } from '../pg/database.ts'
import type { ExportPlan } from '../plan/export-plan.ts'

/** How to tell what changed after a moment: by what a snapshot could not see, else by the clock. */
export type Since =
  | { readonly kind: 'snapshot'; readonly snapshot: string }
  | { readonly kind: 'clock'; readonly moment: Date }

/**
 * Remembers what an export sees, under a moment of its own: now, or the first millisecond after it that no other
 * export has. `snapshot` is what `pg_current_snapshot()` told.
 */
export async function recordMoment(session: Session, now: Date, snapshot: string): Promise<Date> {
  for (let moment = now; ; moment = addSeconds(moment, 0.001)) {
    const recorded = await session.query(
      `insert into muster.export_moments (moment, snapshot) values ($1, $2)
       on conflict (moment) do nothing returning moment`,
      [moment, snapshot],
    )
    if (recorded.length === 1) return moment
  }
}

/** What is known of a moment. Walks two primary keys. */
export async function recall(
  session: Session,
  moment: Date,
): Promise<{ readonly since: Since; readonly isForgotten: boolean }> {
  const [row] = await session.query<{ snapshot: string | null; is_forgotten: boolean }>(
    `select (select snapshot::text from muster.export_moments where moment = $1) as snapshot,
       exists (select from muster.forgotten_deletions where before > $1) as is_forgotten`,
    [moment],
  )
  // As long as an export's moment is remembered, so is every deletion after it.
  if (typeof row?.snapshot === 'string') {
    return { since: { kind: 'snapshot', snapshot: row.snapshot }, isForgotten: false }
  }
  return { since: { kind: 'clock', moment }, isForgotten: row?.is_forgotten === true }
}

/** What a plan's `since` means. Fails with `changes_forgotten` where the file would lack deletions. */
export async function sinceOf(session: Session, plan: ExportPlan): Promise<Since | undefined> {
  if (plan.since === undefined) return undefined
  const { since, isForgotten } = await recall(session, plan.since)
  if (isForgotten && tellsDeletions(plan.format)) {
    throw changesForgotten(plan.since)
  }
  return since
}
