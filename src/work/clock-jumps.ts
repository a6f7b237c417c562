import type { Clock, Stopwatch } from '../domain/clock.ts'

export interface ClockJumps {
  /** False for a while after a jump. Nothing may then be removed by its age, because the age may be wrong. */
  isSteady(): boolean
}

export interface ClockJumpsOptions {
  readonly clock: Clock
  readonly stopwatch: Stopwatch
  readonly onJump: (seconds: number) => void
}

// NTP corrects by less at a time. If the clock jumps by an hour, somebody set it wrong or corrected it.
const JUMP_SECONDS_MIN = 3600
// If nobody corrects the clock within this time, it counts as right: otherwise nothing would ever be removed again.
const WAIT_SECONDS = 3600

/** The stopwatch cannot jump, so each call of `isSteady` compares the clock with it. */
export function newClockJumps({ clock, stopwatch, onJump }: ClockJumpsOptions): ClockJumps {
  let last: { readonly time: number; readonly at: number } | undefined
  let steadyFrom = Number.NEGATIVE_INFINITY
  return {
    isSteady: () => {
      const seen = { time: clock.now().getTime() / 1000, at: stopwatch.seconds() }
      const jump = last === undefined ? 0 : seen.time - last.time - (seen.at - last.at)
      last = seen
      if (Math.abs(jump) >= JUMP_SECONDS_MIN) {
        steadyFrom = seen.at + WAIT_SECONDS
        onJump(Math.round(jump))
      }
      return seen.at >= steadyFrom
    },
  }
}
