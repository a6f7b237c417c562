import { addSeconds, type Clock, unixSeconds } from '../domain/clock.ts'
import { isSameSignature, signatureOf } from '../domain/signature.ts'

/** Auth0's doc: a download link is valid for 60 seconds. */
export const LINK_LIFETIME_SECONDS = 60

/** What a link's query carries: when it ends (Unix seconds) and the proof that Muster made it. */
export interface LinkQuery {
  readonly expires: string
  readonly signature: string
}

interface LinkOptions {
  readonly secret: Uint8Array
  readonly clock: Clock
}

interface SignOptions extends LinkOptions {
  /** The link ends no later than this, however young it is. */
  readonly notAfter: Date
}

/** Signs a link to one object, good for LINK_LIFETIME_SECONDS from now. */
export function signLink(objectKey: string, options: SignOptions): LinkQuery {
  const end = addSeconds(options.clock.now(), LINK_LIFETIME_SECONDS)
  const expires = String(Math.min(unixSeconds(end), unixSeconds(options.notAfter)))
  return { expires, signature: linkSignature(objectKey, expires, options.secret) }
}

export type LinkVerdict = 'valid' | 'expired' | 'invalid'

/** Checks a link. The signature first: who changed one byte learns nothing about its time. */
export function verifyLink(objectKey: string, query: Partial<LinkQuery>, options: LinkOptions): LinkVerdict {
  const { expires, signature } = query
  if (typeof expires !== 'string' || typeof signature !== 'string') return 'invalid'
  if (!isSameSignature(signature, linkSignature(objectKey, expires, options.secret))) return 'invalid'
  return unixSeconds(options.clock.now()) > Number(expires) ? 'expired' : 'valid'
}

// GET stands for reading: a HEAD of the same link tells less than it does, and is let through.
function linkSignature(objectKey: string, expires: string, secret: Uint8Array): string {
  return signatureOf(['GET', objectKey, expires], secret)
}
