import { Failure, type FailureCode } from '../domain/failure.ts'

/** docs/cli.md lists them, and scripts rely on them. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  unconfirmed: 4,
  incomplete: 5,
  interrupted: 130,
} as const

const BY_CODE: Partial<Record<FailureCode, number>> = {
  usage_invalid: EXIT.usage,
  config_invalid: EXIT.usage,
  server_refused: EXIT.refused,
  confirmation_missing: EXIT.unconfirmed,
  file_incomplete: EXIT.incomplete,
  users_refused: EXIT.incomplete,
  entries_unreadable: EXIT.incomplete,
  verify_unreadable: EXIT.usage,
  interrupted: EXIT.interrupted,
}

export function exitCodeOf(error: unknown): number {
  return error instanceof Failure ? (BY_CODE[error.code] ?? EXIT.failed) : EXIT.failed
}
