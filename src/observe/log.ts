import { type Logger, pino } from 'pino'

export type Log = Logger

// Whatever carries a secret or a user's data never reaches a line, at whatever depth of ours it stands (promise 9).
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

/** A logger that writes JSON lines to standard error: standard output belongs to what a person asked to see. */
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
 * What a log line tells of an error: kinds, codes and stack, not the database's `detail` or `where`, which
 * quote a row's values. A message of the database may quote them too, so it is left out where it has a code.
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
