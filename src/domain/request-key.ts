import { createHash } from 'node:crypto'

/** What a client sends with a request that it may send again: `Idempotency-Key`. Each client has keys of its own. */
export interface ClientKey {
  readonly clientId: string
  readonly key: string
}

export interface RequestKey extends ClientKey {
  /** Equal for two requests that ask for the same. */
  readonly requestHash: string
}

/** SHA-256 in hex. The order of members does not matter, and neither do members that are undefined. */
export function hashOf(asked: unknown): string {
  const sorted = JSON.stringify(asked, (_name, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
  })
  return createHash('sha256').update(sorted).digest('hex')
}
