import type { ImportSummary } from '../domain/job.ts'
import type { BatchOutcome } from '../users/user-store.ts'
import type { CheckedBatch } from './checked-batches.ts'

/** Counts what became of an import's users. */
export interface ImportTally {
  add(batch: CheckedBatch, stored: BatchOutcome): void
  summary(): ImportSummary
  /** What a caller should know though nothing went wrong. */
  details(): { readonly details?: string }
}

export function newImportTally(): ImportTally {
  let [failed, updated, inserted] = [0, 0, 0]
  const leftOut = new Map<string, number>()
  return {
    add: (batch, stored) => {
      failed += batch.errors.length + stored.refused.length
      updated += stored.updated
      inserted += stored.inserted
      for (const [name, users] of batch.leftOut) leftOut.set(name, (leftOut.get(name) ?? 0) + users)
    },
    summary: () => ({ failed, updated, inserted, total: failed + updated + inserted }),
    details: () => (leftOut.size === 0 ? {} : { details: leftOutText(leftOut) }),
  }
}

function leftOutText(leftOut: ReadonlyMap<string, number>): string {
  const counts = [...leftOut].map(([name, users]) => `${name} (${users})`).join(', ')
  return `Left out, since only the server sets them and preserve was not asked for: ${counts}.`
}
