import type { Clock, Stopwatch } from '../domain/clock.ts'

export interface ClockJumps {
  /** False for a while after the clock has jumped: what is removed by age may not be old. */
  isSteady(): boolean
}

export interface ClockJumpsOptions {
  readonly clock: Clock
  readonly stopwatch: Stopwatch
  /** Told of each jump, in seconds: forward if positive. */
  readonly onJump: (seconds: number) => void
}

// NTP corrects by less at a time. A jump of an hour is a mistake of somebody, or the end of one.
const JUMP_SECONDS_MIN = 3600
// A wrong clock is noticed and set right within this time, or it was right.
const WAIT_SECONDS = 3600

/** Compares a clock with a stopwatch, which cannot jump, at each look. */
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
