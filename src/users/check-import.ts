import type { Connection } from '../domain/connection.ts'
import type { ImportError } from '../domain/job.ts'
import { findUnstorable, isJsonObject, type Json, type JsonObject } from '../domain/json.ts'
import { CREDENTIAL_NAMES, type Credentials } from '../domain/profile.ts'
import { writeJson } from '../domain/write-json.ts'
import { checkHash } from './check-hash.ts'
import { findSecrets } from './find-secrets.ts'
import { importedUser, preservedUser, restoredUser, streamedUser } from './import-schema.ts'
import type { LeftOut, Remark } from './left-out.ts'
import { maskSecrets, storable } from './mask-secrets.ts'
import { checkNames, judgeName, type NameJudge } from './member-names.ts'
import { mended } from './mend.ts'
import { checkValue, notPassed, type ObjectRule, type Problem, ROOT_PATH, SECRET_MASK } from './rules.ts'
import { newSecretNames, type SecretNames } from './secret-names.ts'
import { isSecretText } from './secret-texts.ts'
import { understand } from './understand-export.ts'
import { usernameProblem } from './username.ts'

export interface GivenUser {
  readonly given: JsonObject
  readonly credentials?: Credentials
  readonly leftOut?: readonly LeftOut[] | undefined
  /** What is stored although the sender may not expect that, so the job reports it. Each kind and name once. */
  readonly remarks?: readonly Remark[] | undefined
}

export interface ImportCheck {
  readonly preserve: boolean
  /** True for a form: exactly Auth0's rules apply. If false, a user may also look as exports write users. */
  readonly isStrict: boolean
  /** Usernames must follow its rules, unless `preserve` is set. */
  readonly connection?: Connection
  readonly judge?: NameJudge | undefined
  /** The entry's text was already searched for what PostgreSQL cannot store, so it is not searched again. */
  readonly isPlain?: boolean
}

/** Auth0's documentation allows this size for older profiles. For others it names a soft limit of 10 KB. */
export const PROFILE_BYTES_MAX = 1_048_576

export function checkImported(
  entry: unknown,
  check: ImportCheck,
  names: SecretNames = newSecretNames(),
): GivenUser | ImportError {
  const problem = check.isPlain === true ? undefined : unstorableProblem(entry)
  if (problem !== undefined) return importError(entry, [problem], names)
  const first = judged(entry, check)
  if (first.problems.length === 0 || check.isStrict || !isJsonObject(entry))
    return judgedUser(entry, first, names)
  const { user, leftOut } = mended(entry, check)
  const again = judged(user, check)
  return judgedUser(entry, { ...again, leftOut: [...leftOut, ...(again.leftOut ?? [])] }, names)
}

function judged(entry: unknown, check: ImportCheck): Judged {
  const { user, leftOut } = check.isStrict ? { user: entry } : understand(entry, check)
  const { problems, remarks } = judgementOf(user, check)
  return leftOut === undefined ? { user, problems, remarks } : { user, problems, remarks, leftOut }
}

interface Judged extends Judgement {
  readonly user: unknown
  readonly leftOut?: readonly LeftOut[]
}

const NOTHING: readonly LeftOut[] = []

function judgedUser(entry: unknown, judgement: Judged, names: SecretNames): GivenUser | ImportError {
  const { user, problems, remarks, leftOut = NOTHING } = judgement
  if (!isJsonObject(user)) return importError(entry, problems, names)
  const secrets = findSecrets(user, names)
  if (problems.length + secrets.problems.length > 0)
    return importError(entry, [...problems, ...secrets.problems], names)
  const kept = secrets.remarks.length === 0 ? remarks : [...remarks, ...secrets.remarks]
  // A fast path, since nearly all users end here: no new object is made.
  if (leftOut.length === 0 && kept.length === 0) return splitUser(user)
  return {
    ...splitUser(user),
    ...(leftOut.length === 0 ? {} : { leftOut }),
    ...(kept.length === 0 ? {} : { remarks: kept }),
  }
}

/** Masks secrets and replaces unstorable text, so that the error can be stored and shown. */
export function importError(
  user: unknown,
  problems: ImportError['errors'],
  names: SecretNames = newSecretNames(),
): ImportError {
  const errors = problems.map((problem) => ({ ...problem, message: storable(problem.message) }))
  return { user: maskSecrets(user, names), errors }
}

// Must run first, because the other checks would exhaust the stack on a value that is nested too deep.
function unstorableProblem(entry: unknown): Problem | undefined {
  const unstorable = findUnstorable(entry)
  if (unstorable === undefined) return undefined
  const { path, reason } = unstorable
  const message = `This cannot be stored: ${reason}`
  return { code: 'FORMAT', message, path: `${ROOT_PATH}${shownPath(path)}` }
}

const PATH_LENGTH_MAX = 200

// A name in the path may be a secret, so it is masked. It may be as long as the file, so it is cut.
function shownPath(path: string): string {
  const steps = path.slice(0, PATH_LENGTH_MAX).split('.')
  const secretAt = steps.findIndex(
    (_, at) => isSecretText(steps[at] ?? '') || isSecretText(steps.slice(at).join('.')),
  )
  const shown = secretAt === -1 ? steps : [...steps.slice(0, secretAt), SECRET_MASK]
  return storable(shown.join('.')) + (path.length > PATH_LENGTH_MAX ? '…' : '')
}

interface Judgement {
  readonly problems: readonly Problem[]
  readonly remarks: readonly Remark[]
}

function judgementOf(user: unknown, check: ImportCheck): Judgement {
  const problems: Problem[] = []
  const rule = ruleOf(check)
  checkValue(rule, user, ROOT_PATH, problems)
  if (!isJsonObject(user)) return { problems, remarks: [] }
  const remarks = checkNames(user, { rule, judge: check.judge ?? judgeName }, problems)
  checkWhole(user, problems)
  checkUsername(user, check, problems)
  if (!check.isStrict) checkIdentified(user, problems)
  return { problems, remarks }
}

function ruleOf({ preserve, isStrict }: ImportCheck): ObjectRule {
  if (isStrict) return preserve ? preservedUser : importedUser
  return preserve ? restoredUser : streamedUser
}

const IDENTIFIERS = ['email', 'username', 'phone_number', 'user_id'] as const

// Auth0's form requires an email address. But exports also contain users without one.
function checkIdentified(user: JsonObject, problems: Problem[]): void {
  if (IDENTIFIERS.every((name) => user[name] === undefined)) {
    const message = `Data does not match any schemas from 'anyOf': one of ${IDENTIFIERS.join(', ')} is needed`
    problems.push({ code: 'ANY_OF_MISSING', message, path: ROOT_PATH })
  }
  // An export with `since` writes such a line for a deleted user. Storing it would create the user again.
  if (user['deleted'] === true && Object.keys(user).length === 2) {
    const message = 'This line reports a deleted user, and imports delete no users'
    problems.push({ code: 'NOT_PASSED', message, path: `${ROOT_PATH}deleted` })
  }
}

function checkWhole(user: JsonObject, problems: Problem[]): void {
  const custom = user['custom_password_hash']
  if (isJsonObject(custom)) checkHash(custom, problems)
  // Auth0 refuses a user with both kinds of password hash.
  if (custom !== undefined && user['password_hash'] !== undefined) problems.push(notPassed(ROOT_PATH))
}

function checkUsername(user: JsonObject, check: ImportCheck, problems: Problem[]): void {
  const { username } = user
  const { preserve, connection } = check
  if (typeof username !== 'string' || preserve || connection === undefined) return
  const path = `${ROOT_PATH}username`
  const problem = usernameProblem(username, connection)
  if (problem !== undefined && problems.every((other) => other.path !== path))
    problems.push({ ...problem, path })
}

/** Writes the whole profile as JSON, so it is too slow to call for every user of an import. */
export function oversize(profile: Json): Problem | undefined {
  const bytes = Buffer.byteLength(writeJson(profile))
  if (bytes <= PROFILE_BYTES_MAX) return undefined
  const message = `Profile is too large (${bytes} bytes), maximum ${PROFILE_BYTES_MAX}`
  return { code: 'PROFILE_SIZE_EXCEEDED', message, path: ROOT_PATH }
}

function splitUser(user: JsonObject): GivenUser {
  if (!CREDENTIAL_NAMES.some((name) => name in user)) return { given: user }
  const { password_hash, custom_password_hash, mfa_factors, ...given } = user
  const credentials = { password_hash, custom_password_hash, mfa_factors }
  const present = Object.entries(credentials).filter(([, value]) => value !== undefined)
  return { given, credentials: Object.fromEntries(present) as Credentials }
}
