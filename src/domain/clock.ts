/** The only source of the time for Muster's code. Callers pass it in, so that tests decide what time it is. */
export interface Clock {
  now(): Date
}

export const systemClock: Clock = { now: () => new Date() }

/** Nobody can set it, so unlike a clock it never jumps. */
export interface Stopwatch {
  /** The start is arbitrary, so only differences mean something. */
  seconds(): number
}

export const systemStopwatch: Stopwatch = { seconds: () => performance.now() / 1000 }

export function addSeconds(moment: Date, seconds: number): Date {
  return new Date(moment.getTime() + seconds * 1000)
}

/** Rounded down, as JWT (RFC 7519) and Auth0's headers write time. */
export function unixSeconds(moment: Date): number {
  return Math.floor(moment.getTime() / 1000)
}
