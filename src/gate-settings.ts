import { parseRate, type Rate } from './domain/rate-limit.ts'
import type { Key } from './settings.ts'

/** Settings of what bounds strangers and slow connections; a part of KEYS. */
export const GATE_KEYS = {
  tokenAttempts: {
    env: 'MUSTER_TOKEN_ATTEMPTS',
    about: 'Wrong client secrets from one address or for one client: BURST/PER_MINUTE (30/60), or off.',
    fallback: '30/60',
    parse: parseRate,
  },
} as const satisfies Record<string, Key<unknown>>

type Values = { readonly [Name in keyof typeof GATE_KEYS]?: ReturnType<(typeof GATE_KEYS)[Name]['parse']> }

export interface Gates {
  /** undefined: wrong secrets are not counted. */
  readonly tokenAttempts: Rate | undefined
}

export function gatesOf(values: Values): Gates {
  return {
    tokenAttempts: 'tokenAttempts' in values ? values.tokenAttempts : { burst: 30, perMinute: 60 },
  }
}
