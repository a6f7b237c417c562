/** The one way to learn the time. Handed in, so that tests decide what time it is. */
export interface Clock {
  now(): Date
}

/** The machine's clock: the only place in Muster that asks it. */
export const systemClock: Clock = { now: () => new Date() }

/** Measures how long something takes: unlike a clock it is never set. */
export interface Stopwatch {
  /** Since some moment in the past. */
  seconds(): number
}

export const systemStopwatch: Stopwatch = { seconds: () => performance.now() / 1000 }

export function addSeconds(moment: Date, seconds: number): Date {
  return new Date(moment.getTime() + seconds * 1000)
}

/** Whole Unix seconds, rounded down, as JWT (RFC 7519) and Auth0's headers write time. */
export function unixSeconds(moment: Date): number {
  return Math.floor(moment.getTime() / 1000)
}
