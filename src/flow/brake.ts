import type { Stopwatch } from '../domain/clock.ts'

/** Resolves when the export that has read this many users may read more. */
export type Brake = (users: number) => Promise<void>

/** `onWait` is called about once a second while the export waits, so that the export does not count as stalled. */
export type NewBrake = (signal: AbortSignal, onWait: () => void) => Brake

export interface BrakeOptions {
  /** For each export. If absent, exports read as fast as they can. */
  readonly usersPerSecond?: number
  /** True if the database has so much to do that exports must wait. If absent, its load stops no export. */
  readonly isOverloaded?: () => Promise<boolean>
  readonly stopwatch: Stopwatch
  /** Fails if the signal aborts. */
  readonly wait: (seconds: number, signal: AbortSignal) => Promise<unknown>
}

const STEP_SECONDS = 1

export function newBrakes({ usersPerSecond, isOverloaded, stopwatch, wait }: BrakeOptions): NewBrake {
  return (signal, onWait) => {
    let seen = 0
    let free = stopwatch.seconds()
    const pause = async (seconds: number): Promise<void> => {
      onWait()
      await wait(seconds, signal)
    }
    return async (users) => {
      if (usersPerSecond !== undefined) {
        // Never earlier than now, so that an export that had to wait does not read faster afterwards.
        free = Math.max(free, stopwatch.seconds()) + (users - seen) / usersPerSecond
        seen = users
        const due = free
        for (let left = due - stopwatch.seconds(); left > 0; left = due - stopwatch.seconds())
          await pause(Math.min(left, STEP_SECONDS))
      }
      while (isOverloaded !== undefined && (await isOverloaded())) await pause(STEP_SECONDS)
    }
  }
}
