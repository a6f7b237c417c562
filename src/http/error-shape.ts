import type { Shape } from './define-route.ts'

const text = { type: 'string' } as const

/** Auth0's envelope of a refusal. */
export const ERROR: Shape = {
  schema: {
    title: 'Error',
    type: 'object',
    additionalProperties: false,
    required: ['statusCode', 'error', 'message'],
    properties: {
      statusCode: { type: 'integer', description: 'The HTTP status.', minimum: 400, maximum: 599 },
      error: { ...text, description: 'The words of the HTTP status.' },
      message: { ...text, description: 'What is wrong, for people.' },
      errorCode: { ...text, description: 'What is wrong, for programs; docs/errors.md has the list.' },
      attributes: { type: 'object', description: 'More about a refused token.' },
    },
  },
  example: {
    statusCode: 401,
    error: 'Unauthorized',
    message: 'Missing authentication',
  },
}

/** The refusals of the token endpoint (RFC 6749, 5.2). */
export const OAUTH_ERROR: Shape = {
  schema: {
    title: 'OauthError',
    type: 'object',
    additionalProperties: false,
    required: ['error', 'error_description'],
    properties: { error: text, error_description: text },
  },
  example: { error: 'access_denied', error_description: 'Unauthorized' },
}
