import { type ConnectionLimits, DEFAULT_CONNECTION_LIMITS } from './domain/connection-limits.ts'
import { parseRate, type Rate } from './domain/rate-limit.ts'
import { type Key, whole } from './settings.ts'

/** Settings of what bounds strangers and slow connections; a part of KEYS. */
export const GATE_KEYS = {
  tokenAttempts: {
    env: 'MUSTER_TOKEN_ATTEMPTS',
    about: 'Wrong client secrets from one address or for one client: BURST/PER_MINUTE (30/60), or off.',
    fallback: '30/60',
    parse: parseRate,
  },
  connectionsMax: {
    env: 'MUSTER_CONNECTIONS_MAX',
    about: 'HTTP connections that are open at once, 1 to 100000; one more is cut.',
    fallback: String(DEFAULT_CONNECTION_LIMITS.connectionsMax),
    parse: whole(1, 100_000),
  },
  connectionsPerAddressMax: {
    env: 'MUSTER_CONNECTIONS_PER_ADDRESS',
    about: 'HTTP connections of one address that are open at once, 1 to 100000; one more is cut.',
    fallback: String(DEFAULT_CONNECTION_LIMITS.connectionsPerAddressMax),
    parse: whole(1, 100_000),
  },
  unansweredMax: {
    env: 'MUSTER_UNANSWERED_MAX',
    about: 'Requests that one connection may send ahead of their answers, 1 to 1000; one more cuts it.',
    fallback: String(DEFAULT_CONNECTION_LIMITS.unansweredMax),
    parse: whole(1, 1000),
  },
  requestSeconds: {
    env: 'MUSTER_REQUEST_SECONDS',
    about: 'In how many seconds a request must have come whole, 1 to 3600; users files have a pace instead.',
    fallback: String(DEFAULT_CONNECTION_LIMITS.requestSeconds),
    parse: whole(1, 3600),
  },
  connectionSilenceSeconds: {
    env: 'MUSTER_CONNECTION_SILENCE_SECONDS',
    about: 'After how many seconds in which nothing moves a connection is cut, 1 to 3600.',
    fallback: String(DEFAULT_CONNECTION_LIMITS.silenceSeconds),
    parse: whole(1, 3600),
  },
  uploadBytesPerSecond: {
    env: 'MUSTER_UPLOAD_BYTES_PER_SECOND',
    about:
      'Least pace of a users file, in bytes a second over MUSTER_CONNECTION_SILENCE_SECONDS, 0 to 1000000000.',
    fallback: String(DEFAULT_CONNECTION_LIMITS.uploadBytesPerSecond),
    parse: whole(0, 1_000_000_000),
  },
} as const satisfies Record<string, Key<unknown>>

type Values = { readonly [Name in keyof typeof GATE_KEYS]: ReturnType<(typeof GATE_KEYS)[Name]['parse']> }

export interface Gates extends ConnectionLimits {
  /** undefined: wrong secrets are not counted. */
  readonly tokenAttempts: Rate | undefined
}

export function gatesOf({ connectionSilenceSeconds: silenceSeconds, ...values }: Values): Gates {
  const { tokenAttempts, connectionsMax, connectionsPerAddressMax } = values
  const { unansweredMax, requestSeconds, uploadBytesPerSecond } = values
  const open = { connectionsMax, connectionsPerAddressMax, unansweredMax }
  return { tokenAttempts, ...open, requestSeconds, silenceSeconds, uploadBytesPerSecond }
}
