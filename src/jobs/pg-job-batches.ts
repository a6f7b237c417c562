import type { ImportSummary } from '../domain/job.ts'
import type { Session } from '../pg/database.ts'

export function isBatchOf(id: string): string {
  return `starts_with(batch_key, ${id} || '/')`
}

/** The job's row counts all refused users, but it may be behind the last stored batch. So the greater number counts. */
export async function importedSoFar(session: Session, id: string): Promise<ImportSummary> {
  const [row] = await session.query<{ inserted: bigint; updated: bigint; failed: bigint }>(
    `select coalesce(sum((results ->> 'inserted')::bigint), 0)::bigint as inserted,
       coalesce(sum((results ->> 'updated')::bigint), 0)::bigint as updated,
       greatest(
         coalesce((select refused from muster.jobs where id = $1), 0),
         coalesce(sum(jsonb_array_length(results -> 'refused')), 0)::bigint
       ) as failed
     from muster.import_batches where ${isBatchOf('$1')}`,
    [id],
  )
  const inserted = Number(row?.inserted ?? 0n)
  const updated = Number(row?.updated ?? 0n)
  const failed = Number(row?.failed ?? 0n)
  return { failed, updated, inserted, total: failed + updated + inserted }
}

export async function removeBatches(session: Session, id: string): Promise<void> {
  await session.query(`delete from muster.import_batches where ${isBatchOf('$1')}`, [id])
}

// A job has its row before its first batch, so a batch without a job is late.
export async function dropLateBatches(session: Session): Promise<void> {
  await session.query(
    `delete from muster.import_batches
     where not exists (select from muster.jobs where id = split_part(batch_key, '/', 1))`,
  )
}
