import type { Shape } from './define-route.ts'

const text = { type: 'string' } as const

export const ERROR: Shape = {
  schema: {
    title: 'Error',
    type: 'object',
    additionalProperties: false,
    required: ['statusCode', 'error', 'message'],
    properties: {
      statusCode: { type: 'integer', description: 'The HTTP status.', minimum: 400, maximum: 599 },
      error: { ...text, description: 'The name of the HTTP status.' },
      message: { ...text, description: 'What is wrong, in words for people.' },
      errorCode: { ...text, description: 'A stable code for programs. docs/errors.md lists the codes.' },
      attributes: { type: 'object', description: 'Details about a refused token.' },
    },
  },
  example: {
    statusCode: 401,
    error: 'Unauthorized',
    message: 'Missing authentication',
  },
}

/** At the token endpoint OAuth libraries expect this form (RFC 6749, 5.2). */
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
