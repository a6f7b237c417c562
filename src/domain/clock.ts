/** The only way to learn the time. Callers pass it in, so tests decide what time it is. */
export interface Clock {
  now(): Date
}

export const systemClock: Clock = { now: () => new Date() }

/** Measures how long something takes. Unlike a clock, nobody can set it, so it never jumps. */
export interface Stopwatch {
  /** Only differences mean something: the start is arbitrary. */
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
