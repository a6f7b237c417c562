import { createHash } from 'node:crypto'

/** Each client has keys of its own: another client's key must not show it a job. */
export interface ClientKey {
  readonly clientId: string
  readonly key: string
}

export interface RequestKey extends ClientKey {
  readonly requestHash: string
}

/**
 * SHA-256 in hex. Neither the order of members nor undefined ones count, since they change nothing that is asked for.
 */
export function hashOf(asked: unknown): string {
  const sorted = JSON.stringify(asked, (_name, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
  })
  return createHash('sha256').update(sorted).digest('hex')
}
