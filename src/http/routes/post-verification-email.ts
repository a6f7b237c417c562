import { CONNECTION_ID_PATTERN } from '../../domain/ids.ts'
import { type RequestVerificationDeps, requestVerification } from '../../flow/request-verification.ts'
import { closed, text } from '../../schema/build.ts'
import { defineRoute, type Shape } from '../define-route.ts'
import { clientKeyOf, KEY_HEADER, KEY_REUSED } from '../idempotency-key.ts'
import { JOB, pendingJob, renderJob } from '../render-job.ts'
import { originOf } from '../request-id.ts'

// Do not sort these properties: problems of a request are listed in their reverse order, as at Auth0.
const VERIFICATION_REQUEST = closed(['user_id'], {
  user_id: text('user_id of the user to send the verification email to.', { minLength: 1 }),
  client_id: text(
    'client_id of the client (application). If no value provided, the global Client ID will be used.',
    { format: 'client-id' },
  ),
  identity: {
    type: 'object',
    description: 'The identity whose address the user verifies.',
    additionalProperties: false,
    required: ['user_id', 'provider'],
    properties: {
      user_id: text('user_id of the identity.', { minLength: 1 }),
      provider: text('Identity provider name of the identity (e.g. google-oauth2).', { minLength: 1 }),
      connection_id: text('connection_id of the identity.', { pattern: CONNECTION_ID_PATTERN }),
    },
  },
  organization_id: text('Organization ID.', { minLength: 1 }),
})

const VERIFICATION_JOB: Shape = { schema: JOB.schema, example: pendingJob('verification_email', '3') }

/** Answers 201 as Auth0 does, although an export answers 200 and an import 202. */
export const postVerificationEmail = defineRoute({
  method: 'POST',
  path: '/api/v2/jobs/verification-email',
  operationId: 'post_verification-email',
  summary: 'Create a job that mails a user a link for verifying the address',
  scopes: ['update:users'],
  headers: KEY_HEADER,
  body: VERIFICATION_REQUEST,
  takesForm: true,
  answers: {
    201: { description: 'The pending job, or the job that the key has made.', ...VERIFICATION_JOB },
    400: 'The request is not valid, or the user has no email address to verify.',
    404: 'The user does not exist.',
    422: KEY_REUSED,
  },
  handle: async ({ body, request }, deps: RequestVerificationDeps) => {
    const { user_id: userId, identity, organization_id: organizationId } = body
    const order = { userId, identity, organizationId }
    return renderJob(
      await requestVerification(order, { ...deps, origin: originOf(request) }, clientKeyOf(request)),
    )
  },
})
