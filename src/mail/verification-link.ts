import { addSeconds, type Clock, unixSeconds } from '../domain/clock.ts'
import { isSameSignature, signatureOf } from '../domain/signature.ts'

/** Auth0's documentation of `ttl_sec` of a verification ticket: "defaults to 432000 seconds (5 days)". */
export const VERIFICATION_LIFETIME_SECONDS = 432_000

export interface VerificationQuery {
  readonly user: string
  readonly expires: string
  readonly signature: string
}

interface LinkOptions {
  readonly secret: Uint8Array
  readonly clock: Clock
}

/**
 * The signature covers the address, but the link does not contain it. So the link becomes invalid if the user's address
 * changes, and no address is in a browser's history.
 */
export function signVerification(user: string, email: string, options: LinkOptions): VerificationQuery {
  const end = addSeconds(options.clock.now(), VERIFICATION_LIFETIME_SECONDS)
  const expires = String(unixSeconds(end))
  return { user, expires, signature: verificationSignature({ user, expires }, email, options.secret) }
}

/**
 * `email` is the address that the user has now. The signature is checked first, so that the sender of a forged link
 * learns nothing about times.
 */
export function checkVerification(
  query: VerificationQuery,
  email: string,
  options: LinkOptions,
): 'valid' | 'expired' | 'invalid' {
  const expected = verificationSignature(query, email, options.secret)
  if (!isSameSignature(query.signature, expected)) return 'invalid'
  return unixSeconds(options.clock.now()) > Number(query.expires) ? 'expired' : 'valid'
}

function verificationSignature(
  { user, expires }: Pick<VerificationQuery, 'user' | 'expires'>,
  email: string,
  secret: Uint8Array,
): string {
  return signatureOf(['verify e-mail address', user, email, expires], secret)
}
