import type { Stopwatch } from '../domain/clock.ts'
import type { PhaseSeconds } from '../domain/seen.ts'

type Phase = keyof PhaseSeconds

/** A run begins in `opening`. `waiting` is in seconds, from the creation of its job. */
export function newPhases(waiting: number, stopwatch: Stopwatch) {
  const spent: Record<Phase, number> = { waiting, opening: 0, running: 0, settling: 0 }
  let phase: Phase = 'opening'
  let since = stopwatch.seconds()
  const enter = (next: Phase): void => {
    if (next === phase) return
    const now = stopwatch.seconds()
    spent[phase] += now - since
    since = now
    phase = next
  }
  return {
    enter,
    /** The seconds of all phases until now, to the millisecond. */
    end: (): PhaseSeconds => {
      spent[phase] += stopwatch.seconds() - since
      const rounded = Object.entries(spent).map(([name, seconds]) => [
        name,
        Math.round(seconds * 1000) / 1000,
      ])
      return Object.fromEntries(rounded) as PhaseSeconds
    },
  }
}
