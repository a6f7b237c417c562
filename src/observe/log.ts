import { type Logger, pino } from 'pino'

export type Log = Logger

// No log line may contain a secret or a user's data (promise 9), and these members may hold one.
const REDACTED = [
  'req.headers.authorization',
  'headers.authorization',
  'authorization',
  'client_secret',
  'password',
  'access_token',
  'signature',
  'user',
  'body',
]

/** To standard error, because standard output is for people: the first client's secret and the URL. */
export function newLog(level: string): Log {
  return pino(
    {
      level,
      redact: { paths: REDACTED.flatMap((path) => [path, `*.${path}`]), censor: '[redacted]' },
      serializers: { err: errorLine },
    },
    pino.destination({ fd: 2, sync: true }),
  )
}

/**
 * The `detail` and `where` of a database error quote values of users, so they are left out. Its message may quote them
 * too, so a message is written only for a Failure or an error without a code.
 */
export function errorLine(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const isOurs = error.name === 'Failure'
  return {
    type: error.name,
    ...(code === undefined ? {} : { code }),
    ...(code === undefined || isOurs ? { message: error.message } : {}),
    stack: (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at ')),
    ...(error.cause === undefined ? {} : { cause: errorLine(error.cause) }),
  }
}
