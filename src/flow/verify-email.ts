import type { Clock } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import { findUnstorable } from '../domain/json.ts'
import type { Profile } from '../domain/profile.ts'
import { checkVerification, type VerificationQuery } from '../mail/verification-link.ts'
import { layeredProfile } from '../users/new-profile.ts'
import type { UserStore } from '../users/user-store.ts'

export interface VerifyEmailDeps {
  readonly users: UserStore
  readonly clock: Clock
  readonly verificationSecret: Uint8Array
}

/**
 * Changes nothing, because mail programs and virus scanners open every link in a mail. Fails with `link_invalid` or
 * `link_expired`.
 */
export async function isEmailVerified(
  query: Partial<VerificationQuery>,
  deps: VerifyEmailDeps,
): Promise<boolean> {
  const { user } = await followedLink(query, deps)
  return user['email_verified'] === true
}

/** A second call changes nothing. Fails with `link_invalid` or `link_expired`. */
export async function verifyEmail(query: Partial<VerificationQuery>, deps: VerifyEmailDeps): Promise<void> {
  const { user, link } = await followedLink(query, deps)
  if (user['email_verified'] === true) return
  const now = await deps.users.takeTime(deps.clock.now())
  const changed = await deps.users.change(user.user_id, (present) => {
    // Checked again on the locked row, because the address may have changed since.
    refuseVoid(link, present, deps)
    const verified = { email_verified: true, updated_at: now.toISOString() }
    return { profile: layeredProfile([verified, present]) }
  })
  if (changed === undefined) throw voidLink()
}

async function followedLink(
  query: Partial<VerificationQuery>,
  deps: VerifyEmailDeps,
): Promise<{ user: Profile; link: VerificationQuery }> {
  const { user: id, expires, signature } = query
  if (typeof id !== 'string' || typeof expires !== 'string' || typeof signature !== 'string') throw voidLink()
  const link = { user: id, expires, signature }
  const user = findUnstorable(id) === undefined ? await deps.users.find(id) : undefined
  if (user === undefined) throw voidLink()
  refuseVoid(link, user, deps)
  return { user, link }
}

function refuseVoid(link: VerificationQuery, { email }: Profile, deps: VerifyEmailDeps): void {
  const options = { secret: deps.verificationSecret, clock: deps.clock }
  const verdict = typeof email === 'string' ? checkVerification(link, email, options) : 'invalid'
  if (verdict === 'invalid') throw voidLink()
  if (verdict === 'expired')
    throw new Failure('link_expired', 'This link has expired: it was valid for five days. Ask for a new one.')
}

// All reasons except expiry get the same answer, so that a forged link does not show who is a user here.
function voidLink(): Failure {
  return new Failure(
    'link_invalid',
    'This link is not from this server, was changed, or is for an address that is no longer in use.',
  )
}
