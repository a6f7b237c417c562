import { randomBytes, randomInt } from 'node:crypto'

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

function alphanumeric(length: number): string {
  return Array.from({ length }, () => ALPHANUMERIC[randomInt(ALPHANUMERIC.length)]).join('')
}

/** `job_` and 16 letters or digits, as recorded from Auth0. */
export function newJobId(): string {
  return `job_${alphanumeric(16)}`
}

export const CONNECTION_ID_PATTERN = '^con_[A-Za-z0-9]{16}$'

/** `con_` and 16 letters or digits: Auth0's schemas demand the pattern above. */
export function newConnectionId(): string {
  return `con_${alphanumeric(16)}`
}

/** What stands behind `auth0|`: 24 hex digits, as Auth0's own database connections make them. */
export function newDatabaseUserId(): string {
  return randomBytes(12).toString('hex')
}

/** What a client's id may be: whoever configures one may choose it. No colon, since HTTP Basic splits there. */
export const CLIENT_ID_PATTERN = /^[\x21-\x39\x3b-\x7e]{1,64}$/

/** Client ids are 32, client secrets 64 letters or digits: 190 and 381 bits. */
export function newClientId(): string {
  return alphanumeric(32)
}

export function newClientSecret(): string {
  return alphanumeric(64)
}

/** `cgr_` and 16 letters or digits, as recorded from Auth0. */
export function newClientGrantId(): string {
  return `cgr_${alphanumeric(16)}`
}
