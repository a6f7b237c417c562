import { addSeconds, type Clock, unixSeconds } from '../domain/clock.ts'
import { isSameSignature, signatureOf } from '../domain/signature.ts'

/** Auth0's documentation: a download link is valid for 60 seconds. */
export const LINK_LIFETIME_SECONDS = 60

export interface LinkQuery {
  readonly expires: string
  readonly signature: string
}

interface LinkOptions {
  readonly secret: Uint8Array
  readonly clock: Clock
}

interface SignOptions extends LinkOptions {
  /** The job expires at this time, so the link ends then even if its lifetime is not over. */
  readonly notAfter: Date
}

export function signLink(objectKey: string, options: SignOptions): LinkQuery {
  const end = addSeconds(options.clock.now(), LINK_LIFETIME_SECONDS)
  const expires = String(Math.min(unixSeconds(end), unixSeconds(options.notAfter)))
  return { expires, signature: linkSignature(objectKey, expires, options.secret) }
}

/** The link ends after LINK_LIFETIME_SECONDS, but no later than `notAfter`, when the job expires. */
export type MintLink = (objectKey: string, notAfter: Date) => Promise<string>

interface OwnLinksOptions extends LinkOptions {
  readonly publicUrl: string
}

export function ownLinks({ publicUrl, ...options }: OwnLinksOptions): MintLink {
  return async (objectKey, notAfter) => {
    const { expires, signature } = signLink(objectKey, { ...options, notAfter })
    return `${publicUrl}/downloads/${objectKey}?expires=${expires}&signature=${signature}`
  }
}

export type LinkVerdict = 'valid' | 'expired' | 'invalid'

/** Checks the signature first. So a forged link is always `invalid`, and its sender learns nothing about times. */
export function verifyLink(objectKey: string, query: Partial<LinkQuery>, options: LinkOptions): LinkVerdict {
  const { expires, signature } = query
  if (typeof expires !== 'string' || typeof signature !== 'string') return 'invalid'
  if (!isSameSignature(signature, linkSignature(objectKey, expires, options.secret))) return 'invalid'
  return unixSeconds(options.clock.now()) > Number(expires) ? 'expired' : 'valid'
}

// A link for GET is also valid for HEAD, since that returns less.
function linkSignature(objectKey: string, expires: string, secret: Uint8Array): string {
  return signatureOf(['GET', objectKey, expires], secret)
}
