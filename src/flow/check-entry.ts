import type { Entry, UserEntry } from '../decode/entry.ts'
import type { Connection } from '../domain/connection.ts'
import type { ImportRequest } from '../domain/import-request.ts'
import type { ImportError } from '../domain/job.ts'
import { isJsonObject, type Json } from '../domain/json.ts'
import {
  checkImported,
  type GivenUser,
  importError,
  oversize,
  PROFILE_BYTES_MAX,
} from '../users/check-import.ts'
import { type LeftOut, leftOut } from '../users/left-out.ts'
import type { NameJudge } from '../users/member-names.ts'
import { newProfile } from '../users/new-profile.ts'
import { ROOT_PATH } from '../users/rules.ts'
import type { SecretNames } from '../users/secret-names.ts'
import type { Conflict, ImportedUser, Refusal, Unwritten, UnwrittenName } from '../users/user-store.ts'
import type { TakeTimes } from './batch-times.ts'

export interface Checking {
  readonly request: ImportRequest
  readonly connection: Connection
  readonly takeTimes: TakeTimes
  /** Remembers the names of members that it has judged, since most users have the same ones. */
  readonly judge?: NameJudge
  readonly secretNames?: SecretNames
}

export type Checked = SoundUser | { readonly error: ImportError }

export interface SoundUser extends Pick<GivenUser, 'leftOut' | 'remarks'> {
  readonly user: ImportedUser
}

/** False if the user keeps both timestamps of the file. Then the database need not be asked for new ones. */
export function needsTime(entry: Entry, { request: { preserve } }: Checking): boolean {
  if (entry.kind === 'unreadable' || !isJsonObject(entry.value)) return false
  const { created_at, updated_at } = entry.value
  return !preserve || typeof created_at !== 'string' || typeof updated_at !== 'string'
}

export function checkEntry(entry: Entry, checking: Checking, moment: string): Checked {
  if (entry.kind === 'unreadable') {
    const { line, code, message } = entry
    return { error: withLine({ user: {}, errors: [{ code, message }] }, line, checking) }
  }
  const { request, connection, judge } = checking
  const { preserve } = request
  const isStrict = request.by === 'form'
  const check = { preserve, isStrict, connection, isPlain: entry.isPlain === true, judge }
  const checked = checkImported(entry.value, check, checking.secretNames)
  if ('errors' in checked) return { error: errorOf(entry, checked.errors, checking) }
  const { given, credentials } = checked
  const profile = newProfile(given, { connection, now: moment, preserve, takesWholeIds: !isStrict })
  const tooLarge = mayBeOversize(entry) ? oversize(profile) : undefined
  if (tooLarge !== undefined) return { error: errorOf(entry, [tooLarge], checking) }
  const names = Object.keys(given)
  const user = credentials === undefined ? { profile, given: names } : { profile, given: names, credentials }
  return { user, leftOut: checked.leftOut, remarks: checked.remarks }
}

// Measuring a profile is slow, so small entries are not measured. JSON that is written again grows sixfold at most: a
// control character becomes six characters. `bytes` includes the growth of numbers. What Muster adds is small.
function mayBeOversize({ bytes }: UserEntry): boolean {
  return bytes > PROFILE_BYTES_MAX / 8
}

type Problem = ImportError['errors'][number]

export function refusalError(entry: UserEntry, refusal: Refusal, checking: Checking): ImportError {
  return errorOf(entry, [problemOf(refusal)], checking)
}

export function leftOutError(entry: UserEntry, leftOut: readonly LeftOut[], checking: Checking): ImportError {
  return errorOf(entry, leftOut, checking)
}

export function unwrittenProblems(
  { names }: Unwritten,
  { request: { preserve } }: Checking,
): readonly LeftOut[] {
  return names.map((name) =>
    leftOut(ROOT_PATH + name, UNWRITTEN[name] ?? (preserve ? OTHER_ID : NOT_UPSERTED)),
  )
}

const NOT_UPSERTED = 'An upsert does not change this. The user who is known keeps another value'
const OTHER_ID = 'The user who is known by this email has another user_id, which stays'

const UNWRITTEN: Readonly<Partial<Record<UnwrittenName, string>>> = {
  password_hash: 'An import does not replace the password of a user who is known',
  mfa_factors: 'An import does not replace the factors of a user who is known',
  custom_password_hash: 'The user has logged in: a custom_password_hash is taken until the first login only',
}

function problemOf({ reason, isInFile }: Refusal): Problem {
  if (reason === 'custom_password_hash') return HASH_CONFLICT
  if (reason === 'unstorable') return { code: 'FORMAT', message: 'This user cannot be stored', path: '#/' }
  if (!isInFile) return CONFLICTS[reason]
  // At Auth0 a duplicate inside one file is an error, so it is not an insert followed by an update.
  const message = `Another user of the file has the same ${reason}`
  return { code: 'DUPLICATED_USER', message, path: `#/${reason}` }
}

// The text is Auth0's (support article "Auth0 Bulk User Import Without Password Hashes"). Auth0's code is not known.
const HASH_CONFLICT: Problem = {
  code: 'CONFLICT',
  message: 'A custom_password_hash was provided, but the user already has password hash defined',
  path: '#/custom_password_hash',
}

// The first text is that of a real answer of Auth0, which has no path. Auth0 documents the codes of the others.
const CONFLICTS: Record<Conflict, Problem> = {
  email: { code: 'DUPLICATED_USER', message: 'The user already exist and upsert parameter is false' },
  user_id: { code: 'CONFLICT', message: 'The specified user_id already exists', path: '#/user_id' },
  username: {
    code: 'CONFLICT_USERNAME',
    message: 'The specified username already exists',
    path: '#/username',
  },
  phone_number: {
    code: 'CONFLICT',
    message: 'The specified phone_number already exists',
    path: '#/phone_number',
  },
}

// One malformed user can have a hundred thousand problems, which would fill the database. Nobody reads that many.
const PROBLEMS_MAX = 20

function errorOf(entry: UserEntry, problems: readonly Problem[], checking: Checking): ImportError {
  const shown = checking.request.by === 'form' ? entry.value : shownUser(entry)
  return withLine(
    importError(shown, problems.slice(0, PROBLEMS_MAX), checking.secretNames),
    entry.line,
    checking,
  )
}

function withLine(error: ImportError, line: number, { request }: Checking): ImportError {
  return request.by === 'form' ? error : { ...error, line }
}

// Auth0's soft limit for a profile is 10 KB. One answer holds up to a thousand errors, so larger users are shortened.
const SHOWN_BYTES_MAX = 16 * 1024
const SHOWN_LENGTH_MAX = 320

// A large user is not shown whole, but the reader of the error must still see which user it is.
function shownUser({ value, bytes }: UserEntry): Json {
  if (bytes <= SHOWN_BYTES_MAX) return value
  const known = isJsonObject(value) ? Object.entries(value).filter(([name]) => IDENTIFYING.has(name)) : []
  return Object.fromEntries(known.filter(([, text]) => String(text).length <= SHOWN_LENGTH_MAX))
}

const IDENTIFYING = new Set(['user_id', 'email', 'username', 'phone_number'])
