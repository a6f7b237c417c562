import type { FastifyInstance } from 'fastify'
import { CONNECTION_ID_PATTERN } from '../../domain/ids.ts'
import {
  type IdentityOrder,
  type RequestVerificationDeps,
  requestVerification,
} from '../../flow/request-verification.ts'
import { requireScopes, type TokenVerifier } from '../authenticate.ts'
import { formBody } from '../form-body.ts'
import { renderJob } from '../render-job.ts'
import { validateBody } from '../validate.ts'

const text = (description: string, rule: object = {}) => ({ type: 'string', description, ...rule })

// The order of the properties is the order, backwards, in which Auth0 lists what is wrong with them.
const verificationRequestSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['user_id'],
  properties: {
    user_id: text('user_id of the user to send the verification email to.', { minLength: 1 }),
    client_id: text(
      'client_id of the client (application). If no value provided, the global Client ID will be used.',
      { format: 'client-id' },
    ),
    identity: {
      type: 'object',
      description: 'The identity whose address is to be verified.',
      additionalProperties: false,
      required: ['user_id', 'provider'],
      properties: {
        user_id: text('user_id of the identity.', { minLength: 1 }),
        provider: text('Identity provider name of the identity (e.g. google-oauth2).', { minLength: 1 }),
        connection_id: text('connection_id of the identity.', { pattern: CONNECTION_ID_PATTERN }),
      },
    },
    organization_id: text('Organization ID.', { minLength: 1 }),
  },
}

interface VerificationBody {
  readonly user_id: string
  readonly identity?: IdentityOrder
  readonly organization_id?: string
}

export interface VerificationJobRoutesDeps extends RequestVerificationDeps {
  readonly tokens: TokenVerifier
}

/** `POST /api/v2/jobs/verification-email`: 201, where exports answer 200 and imports 202 (recorded from Auth0). */
export function verificationJobRoutes(app: FastifyInstance, deps: VerificationJobRoutesDeps): void {
  app.post(
    '/api/v2/jobs/verification-email',
    { onRequest: requireScopes(deps.tokens, ['update:users']) },
    async (request, reply) => {
      const body = validateBody<VerificationBody>(verificationRequestSchema, formBody(request, {}))
      const { user_id: userId, identity, organization_id: organizationId } = body
      const order = {
        userId,
        ...(identity === undefined ? {} : { identity }),
        ...(organizationId === undefined ? {} : { organizationId }),
      }
      return reply.code(201).send(renderJob(await requestVerification(order, deps)))
    },
  )
}

export const verificationJobPaths = {
  '/api/v2/jobs/verification-email': {
    post: {
      operationId: 'post_verification-email',
      summary: 'Create a job that mails a user a link to verify the address',
      security: [{ bearerAuth: ['update:users'] }],
      requestBody: { content: { 'application/json': { schema: verificationRequestSchema } } },
      responses: {
        '201': { description: 'The job, pending.' },
        '400': { description: 'The request is not sound, or the user has no address to verify.' },
        '401': { description: 'The token is missing or not good.' },
        '403': { description: 'The token lacks the scope.' },
        '404': { description: 'The user does not exist.' },
      },
    },
  },
}
