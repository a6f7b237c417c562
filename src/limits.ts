import { type Key, pick, type ValuesOf, waits, whole, wholeOrOff } from './settings.ts'

/** A part of KEYS (config.ts). Most of these settings keep one job, request or statement from holding up all others. */
export const LIMIT_KEYS = {
  importConcurrency: {
    env: 'MUSTER_IMPORT_CONCURRENCY',
    about: 'Imports that one process works on at a time, 1 or 2.',
    fallback: '2',
    parse: whole(1, 2),
  },
  mailConcurrency: {
    env: 'MUSTER_MAIL_CONCURRENCY',
    about: 'Mails that one process sends at a time, 1 to 64.',
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
  replicaSeconds: {
    env: 'MUSTER_REPLICA_SECONDS',
    about:
      'How long an export waits for a replica that lags, in seconds, 0 to 3600; then it reads from DATABASE_URL.',
    fallback: '10',
    parse: whole(0, 3600),
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
      'How long a job may make no progress after its first bytes before it is tried again, in seconds, 10 to 86400.',
    fallback: '600',
    parse: whole(10, 86_400),
  },
  requestConnections: {
    env: 'MUSTER_REQUEST_CONNECTIONS',
    about: 'Database connections for requests, 1 to 100.',
    fallback: '8',
    parse: whole(1, 100),
  },
  statementSeconds: {
    env: 'MUSTER_STATEMENT_SECONDS',
    about: 'How long a request waits for the database, in seconds, 1 to 3600; then it gets 503.',
    fallback: '15',
    parse: whole(1, 3600),
  },
  lockSeconds: {
    env: 'MUSTER_LOCK_SECONDS',
    about:
      'How long a request waits for a table that another session has locked, in seconds, 1 to 3600; then it gets 503.',
    fallback: '5',
    parse: whole(1, 3600),
  },
  silenceSeconds: {
    env: 'MUSTER_SILENCE_SECONDS',
    about: 'How long an export waits for the next bytes of the database, in seconds, 10 to 86400.',
    fallback: '300',
    parse: whole(10, 86_400),
  },
  healthSeconds: {
    env: 'MUSTER_HEALTH_SECONDS',
    about: 'How long GET /health waits for the database and the disk, in seconds, 1 to 60; then it is 503.',
    fallback: '2',
    parse: whole(1, 60),
  },
  exportUsersPerSecond: {
    env: 'MUSTER_EXPORT_USERS_PER_SECOND',
    about: 'Users that one export reads a second, 100 to 100000000; 0 means as many as it can.',
    fallback: '0',
    parse: wholeOrOff(100, 100_000_000),
  },
  pauseLagBytes: {
    env: 'MUSTER_PAUSE_LAG_BYTES',
    about:
      'Exports pause while a replica lags by more than this many bytes of WAL, 1048576 to 1099511627776; 0 means never.',
    fallback: '0',
    parse: wholeOrOff(1_048_576, 1_099_511_627_776),
  },
  pauseConnections: {
    env: 'MUSTER_PAUSE_CONNECTIONS',
    about:
      'Exports pause while more than this many connections of other programs run statements, 1 to 100000; 0 means never.',
    fallback: '0',
    parse: wholeOrOff(1, 100_000),
  },
  watchersMax: {
    env: 'MUSTER_WATCHERS_MAX',
    about: 'Clients that may follow the events of jobs at once, 0 to 10000; one more gets 429.',
    fallback: '200',
    parse: whole(0, 10_000),
  },
  jsonFieldsMax: {
    env: 'MUSTER_JSON_FIELDS_MAX',
    about: 'Fields that an export in JSON may name, 30 to 1600.',
    fallback: '500',
    parse: whole(30, 1600),
  },
  keysSeconds: {
    env: 'MUSTER_KEYS_SECONDS',
    about:
      'How often a process looks for new signing keys, in seconds, 1 to 3600; a new key signs after twice this time.',
    fallback: '60',
    parse: whole(1, 3600),
  },
  receiptsKeptDays: {
    env: 'MUSTER_RECEIPTS_KEPT_DAYS',
    about: 'How long a receipt outlives the file of its export, in days, 0 to 36500; 0 means for ever.',
    fallback: '400',
    parse: whole(0, 36_500),
  },
  errorsMax: {
    env: 'MUSTER_IMPORT_ERRORS_MAX',
    about:
      'Refused users that the error list of an import holds, 1000 to 1000000; the others are only counted.',
    fallback: '10000',
    parse: whole(1000, 1_000_000),
  },
  hopelessEntries: {
    env: 'MUSTER_IMPORT_HOPELESS_ENTRIES',
    about:
      'An import ends after this many entries if fewer than 1 % of them are valid users, 1000 to 1000000000.',
    fallback: '100000',
    parse: whole(1000, 1_000_000_000),
  },
} as const satisfies Record<string, Key<unknown>>

export type Limits = ValuesOf<typeof LIMIT_KEYS>

export function limitsOf(values: Limits): Limits {
  return pick(values, Object.keys(LIMIT_KEYS) as (keyof Limits)[])
}
