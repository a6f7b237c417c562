import type { IncomingHttpHeaders } from 'node:http'
import { setTimeout as later } from 'node:timers/promises'
import { type Clock, systemClock } from '../domain/clock.ts'

/** How a client waits. Tests hand in their own. */
export interface Pace {
  readonly clock: Clock
  /** Fails with the signal's reason if the signal aborts. */
  wait(seconds: number, signal?: AbortSignal): Promise<void>
}

export const systemPace: Pace = {
  clock: systemClock,
  wait: async (seconds, signal) => {
    try {
      await later(seconds * 1000, undefined, signal === undefined ? {} : { signal })
    } catch (error) {
      throw signal?.aborted ? signal.reason : error
    }
  },
}

// As Auth0's SDK for Node waits: what the server says, else one second that doubles, a minute at most.
const FIRST_SECONDS = 1
const SECONDS_MAX = 60

/** Seconds until the next try; `tried` is how often the request was sent. */
export function secondsToNext(headers: IncomingHttpHeaders, tried: number, clock: Clock): number {
  const said = retryAfter(headers['retry-after'], clock) ?? untilReset(headers['x-ratelimit-reset'], clock)
  return Math.min(Math.max(said ?? FIRST_SECONDS * 2 ** (tried - 1), 0.1), SECONDS_MAX)
}

/** `value` is a number of seconds or a date (RFC 9110, 10.2.3). */
function retryAfter(value: string | undefined, clock: Clock): number | undefined {
  if (value === undefined || value === '') return undefined
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return seconds
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : (date - clock.now().getTime()) / 1000
}

/** `value` is the Unix second in which the server takes requests again. */
function untilReset(value: string | string[] | undefined, clock: Clock): number | undefined {
  const second = Number(value ?? Number.NaN)
  return Number.isFinite(second) ? second - clock.now().getTime() / 1000 : undefined
}
