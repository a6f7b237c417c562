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

/** What an import checks its users by. */
export interface Checking {
  readonly request: ImportRequest
  readonly connection: Connection
  readonly takeTimes: TakeTimes
  /** Judges the names of members, and remembers them from user to user. */
  readonly judge?: NameJudge
  /** The same of names of secrets. */
  readonly secretNames?: SecretNames
}

export type Checked = SoundUser | { readonly error: ImportError }

/** A user ready to be stored, and what is to be reported of it. */
export interface SoundUser extends Pick<GivenUser, 'leftOut' | 'remarks'> {
  readonly user: ImportedUser
}

/** Whether a user needs a time of its own: a file that is preserved mostly gives both. */
export function needsTime(entry: Entry, { request: { preserve } }: Checking): boolean {
  if (entry.kind === 'unreadable' || !isJsonObject(entry.value)) return false
  const { created_at, updated_at } = entry.value
  return !preserve || typeof created_at !== 'string' || typeof updated_at !== 'string'
}

/** One entry of an import's file: a user ready to be stored, or what is wrong with it. */
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

// To measure a profile costs a pass over it. JSON grows sixfold at most when it is written anew (a NUL becomes
// six characters; what numbers grow by is counted), and the attributes that are made are small.
function mayBeOversize({ bytes }: UserEntry): boolean {
  return bytes > PROFILE_BYTES_MAX / 8
}

type Problem = ImportError['errors'][number]

/** The error of a user whom the store did not take. */
export function refusalError(entry: UserEntry, refusal: Refusal, checking: Checking): ImportError {
  return errorOf(entry, [problemOf(refusal)], checking)
}

/** The entry in the report of a user who came in without something. */
export function leftOutError(entry: UserEntry, leftOut: readonly LeftOut[], checking: Checking): ImportError {
  return errorOf(entry, leftOut, checking)
}

/** What an update did not write, as the report says it. */
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
  // Auth0's doc: a duplicate inside of one file is an error, not an insert and then an update.
  const message = `Another user of the file has the same ${reason}`
  return { code: 'DUPLICATED_USER', message, path: `#/${reason}` }
}

// The text is Auth0's (support article "Auth0 Bulk User Import Without Password Hashes"). Of the code nothing is known.
const HASH_CONFLICT: Problem = {
  code: 'CONFLICT',
  message: 'A custom_password_hash was provided, but the user already has password hash defined',
  path: '#/custom_password_hash',
}

// The first text is recorded from Auth0, which names no path with it; the codes of the others are documented.
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

// More than these nobody reads, and a crooked user could have a hundred thousand.
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

// Auth0's soft limit of a profile is 10 KB. Up to a thousand errors are one answer.
const SHOWN_BYTES_MAX = 16 * 1024
const SHOWN_LENGTH_MAX = 320

// A large user is shown by what tells who it is.
function shownUser({ value, bytes }: UserEntry): Json {
  if (bytes <= SHOWN_BYTES_MAX) return value
  const known = isJsonObject(value) ? Object.entries(value).filter(([name]) => IDENTIFYING.has(name)) : []
  return Object.fromEntries(known.filter(([, text]) => String(text).length <= SHOWN_LENGTH_MAX))
}

const IDENTIFYING = new Set(['user_id', 'email', 'username', 'phone_number'])
