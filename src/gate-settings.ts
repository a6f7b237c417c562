import { type ConnectionLimits, DEFAULT_CONNECTION_LIMITS } from './domain/connection-limits.ts'
import { parseRate, type Rate } from './domain/rate-limit.ts'
import { type Key, pick, type ValuesOf, whole } from './settings.ts'

/** A part of KEYS (config.ts). Without these limits, strangers and slow clients could keep out all others. */
export const GATE_KEYS = {
  tokenAttempts: {
    env: 'MUSTER_TOKEN_ATTEMPTS',
    about:
      'Wrong client secrets that one address may send, or that may come for one client: BURST/PER_MINUTE (30/60), or off.',
    fallback: '30/60',
    parse: parseRate,
  },
  connectionsMax: {
    env: 'MUSTER_CONNECTIONS_MAX',
    about: 'HTTP connections that may be open at once, 1 to 100000; Muster closes one more.',
    fallback: String(DEFAULT_CONNECTION_LIMITS.connectionsMax),
    parse: whole(1, 100_000),
  },
  connectionsPerAddressMax: {
    env: 'MUSTER_CONNECTIONS_PER_ADDRESS',
    about: 'HTTP connections that one address may have open at once, 1 to 100000; Muster closes one more.',
    fallback: String(DEFAULT_CONNECTION_LIMITS.connectionsPerAddressMax),
    parse: whole(1, 100_000),
  },
  unansweredMax: {
    env: 'MUSTER_UNANSWERED_MAX',
    about:
      'Requests of one connection that may wait for an answer, 1 to 1000; one more closes the connection.',
    fallback: String(DEFAULT_CONNECTION_LIMITS.unansweredMax),
    parse: whole(1, 1000),
  },
  requestSeconds: {
    env: 'MUSTER_REQUEST_SECONDS',
    about:
      'Time in which a whole request must arrive, in seconds, 1 to 3600; users files have a minimum rate instead.',
    fallback: String(DEFAULT_CONNECTION_LIMITS.requestSeconds),
    parse: whole(1, 3600),
  },
  connectionSilenceSeconds: {
    env: 'MUSTER_CONNECTION_SILENCE_SECONDS',
    about: 'Time without any bytes after which Muster closes a connection, in seconds, 1 to 3600.',
    fallback: String(DEFAULT_CONNECTION_LIMITS.silenceSeconds),
    parse: whole(1, 3600),
  },
  uploadBytesPerSecond: {
    env: 'MUSTER_UPLOAD_BYTES_PER_SECOND',
    about:
      'Minimum rate of a users file, in bytes a second over MUSTER_CONNECTION_SILENCE_SECONDS, 0 to 1000000000.',
    fallback: String(DEFAULT_CONNECTION_LIMITS.uploadBytesPerSecond),
    parse: whole(0, 1_000_000_000),
  },
} as const satisfies Record<string, Key<unknown>>

type Values = ValuesOf<typeof GATE_KEYS>

export interface Gates extends ConnectionLimits {
  readonly tokenAttempts: Rate | undefined
}

export function gatesOf(values: Values): Gates {
  const names = Object.keys(GATE_KEYS) as (keyof Values)[]
  const { connectionSilenceSeconds: silenceSeconds, ...others } = pick(values, names)
  return { ...others, silenceSeconds }
}
