import { closed, integer, TEXT, text } from '../schema/build.ts'
import type { Shape } from './define-route.ts'

export const ERROR: Shape = {
  schema: {
    title: 'Error',
    ...closed(['statusCode', 'error', 'message'], {
      statusCode: integer('The HTTP status.', { minimum: 400, maximum: 599 }),
      error: text('The name of the HTTP status.'),
      message: text('What is wrong, in words for people.'),
      errorCode: text('A stable code for programs. docs/errors.md lists the codes.'),
      attributes: { type: 'object', description: 'Details about a refused token.' },
    }),
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
    ...closed(['error', 'error_description'], { error: TEXT, error_description: TEXT }),
  },
  example: { error: 'access_denied', error_description: 'Unauthorized' },
}
