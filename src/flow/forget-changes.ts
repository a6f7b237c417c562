import { addSeconds, type Clock } from '../domain/clock.ts'
import type { ChangeLog } from '../relations/change-log.ts'

export interface ForgetChangesDeps {
  readonly changes: ChangeLog
  readonly clock: Clock
  /** For this many days exports with `since` learn of a deletion. */
  readonly keptDays: number
}

/** The list of deletions would otherwise grow for ever. */
export async function forgetChanges({ changes, clock, keptDays }: ForgetChangesDeps): Promise<void> {
  await changes.forget(addSeconds(clock.now(), -keptDays * 24 * 3600))
}
