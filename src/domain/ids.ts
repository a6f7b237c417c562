import { createHash, randomBytes, randomInt } from 'node:crypto'

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

function alphanumeric(length: number): string {
  return Array.from({ length }, () => ALPHANUMERIC[randomInt(ALPHANUMERIC.length)]).join('')
}

/** In the form of Auth0's ids, since clients may check it. */
export function newJobId(): string {
  return `job_${alphanumeric(16)}`
}

export const CONNECTION_ID_PATTERN = '^con_[A-Za-z0-9]{16}$'

/** Auth0's schemas refuse a request with an id of another form. */
export function newConnectionId(): string {
  return `con_${alphanumeric(16)}`
}

/** The id of the connection of a source: always the same for the same name, and stored nowhere. */
export function sourceConnectionId(name: string): string {
  const digest = createHash('sha256').update(`muster source ${name}`).digest()
  const letters = [...digest.subarray(0, 16)].map((byte) => ALPHANUMERIC[byte % ALPHANUMERIC.length])
  return `con_${letters.join('')}`
}

/** The part of a user_id after `auth0|`: 24 hex digits, as in ids that Auth0's database connections make. */
export function newDatabaseUserId(): string {
  return randomBytes(12).toString('hex')
}

/** Without a colon: HTTP Basic authentication ends the id at the first one. */
export const CLIENT_ID_PATTERN = /^[\x21-\x39\x3b-\x7e]{1,64}$/

/** 190 random bits; a client secret has 381. Nobody can guess either. */
export function newClientId(): string {
  return alphanumeric(32)
}

export function newClientSecret(): string {
  return alphanumeric(64)
}

export function newClientGrantId(): string {
  return `cgr_${alphanumeric(16)}`
}
