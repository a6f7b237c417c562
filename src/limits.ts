import { type Key, waits, whole } from './settings.ts'

/** Bounds that keep one thing from holding up all others. Each is a setting; docs/configuration.md has a row for each. */
export const LIMIT_KEYS = {
  importConcurrency: {
    env: 'MUSTER_IMPORT_CONCURRENCY',
    about: 'Imports that one process works on at a time, 1 or 2.',
    fallback: '2',
    parse: whole(1, 2),
  },
  mailConcurrency: {
    env: 'MUSTER_MAIL_CONCURRENCY',
    about: 'Mails that one process hands over at a time, 1 to 64.',
    fallback: '4',
    parse: whole(1, 64),
  },
  retryPauses: {
    env: 'MUSTER_RETRY_PAUSES',
    about:
      'Pauses before a job is tried again after a passing failure, in seconds with commas between them: 1 to 20, each 0 to 86400.',
    fallback: '1,5,25,120,300',
    parse: waits,
  },
  openingSeconds: {
    env: 'MUSTER_JOB_OPENING_SECONDS',
    about: 'How long a job may count and sort before its first bytes, in seconds, 60 to 86400.',
    fallback: '3600',
    parse: whole(60, 86_400),
  },
  stallSeconds: {
    env: 'MUSTER_JOB_STALL_SECONDS',
    about:
      'How long a job may stand still after its first bytes before it is tried again, in seconds, 10 to 86400.',
    fallback: '600',
    parse: whole(10, 86_400),
  },
} as const satisfies Record<string, Key<unknown>>

/** The bounds as values. */
export type Limits = {
  readonly [Name in keyof typeof LIMIT_KEYS]: ReturnType<(typeof LIMIT_KEYS)[Name]['parse']>
}

/** What is set, and else what stands in LIMIT_KEYS. */
export function limitsOf(values: Partial<Limits>): Limits {
  const defaults = Object.entries(LIMIT_KEYS).map(([name, key]) => [name, key.parse(key.fallback)])
  return { ...Object.fromEntries(defaults), ...values }
}
