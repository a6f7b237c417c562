import type { Clock } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import type { VerificationJob } from '../domain/job.ts'
import type { Outcome } from '../jobs/job-store.ts'
import type { Mailer } from '../mail/mailer.ts'
import { signVerification } from '../mail/verification-link.ts'
import { verificationMail } from '../mail/verification-mail.ts'
import type { UserStore } from '../users/user-store.ts'
import { findUser } from './change-user.ts'
import { emailOf } from './request-verification.ts'

export interface RunVerificationDeps {
  readonly users: UserStore
  readonly clock: Clock
  readonly mailer: Mailer | undefined
  readonly verificationSecret: Uint8Array
  readonly publicUrl: string
  readonly tenant: string
}

/**
 * After a kill in the middle the user may get a second mail. Both links are valid. Fails with `mail_unconfigured`,
 * `mail_refused`, `mail_unreachable`, `user_not_found` or `operation_unsupported`.
 */
export async function runVerification(
  { request }: VerificationJob,
  deps: RunVerificationDeps,
  signal: AbortSignal,
): Promise<Outcome> {
  const { mailer, clock, verificationSecret: secret, publicUrl, tenant } = deps
  if (mailer === undefined) {
    throw new Failure(
      'mail_unconfigured',
      'No mail service is configured: set MUSTER_SMTP_URL and MUSTER_MAIL_FROM, and restart.',
    )
  }
  // Checked again, because the user may have been changed or removed since the request.
  const email = emailOf(await findUser(request.userId, deps))
  const query = new URLSearchParams({ ...signVerification(request.userId, email, { secret, clock }) })
  await mailer.send(verificationMail(email, `${publicUrl}/verify-email?${query}`, tenant), signal)
  return { kind: 'mailed' }
}
