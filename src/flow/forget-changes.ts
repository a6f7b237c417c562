import { addSeconds, type Clock } from '../domain/clock.ts'
import type { ChangeLog } from '../relations/change-log.ts'

export interface ForgetChangesDeps {
  readonly changes: ChangeLog
  readonly clock: Clock
  /** How long deletions are told to exports of changes. */
  readonly keptDays: number
}

/** Forgets who was deleted so long ago that no chain of exports waits for it any more. */
export async function forgetChanges({ changes, clock, keptDays }: ForgetChangesDeps): Promise<void> {
  await changes.forget(addSeconds(clock.now(), -keptDays * 24 * 3600))
}
