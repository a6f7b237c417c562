import type { ImportError } from '../domain/job.ts'
import { findUnstorable, isJsonObject, type Json, type JsonObject } from '../domain/json.ts'
import type { Credentials } from '../domain/profile.ts'
import { checkHash } from './check-hash.ts'
import { CREDENTIALS, importedUser, preservedUser } from './import-schema.ts'
import { maskSecrets, storable } from './mask-secrets.ts'
import { checkValue, notPassed, type Problem, ROOT_PATH } from './rules.ts'

/** A user of an import's file that was found sound. */
export interface GivenUser {
  /** Profile attributes as given. */
  readonly given: JsonObject
  readonly credentials?: Credentials
}

export interface ImportCheck {
  /** Take what only the server sets, too. */
  readonly preserve: boolean
}

/** Auth0's doc: the largest profile; older ones may be as large as this. */
export const PROFILE_BYTES_MAX = 1_048_576

/** Checks one entry of an import's file: gives the user, or the error to report for it. */
export function checkImported(entry: unknown, check: ImportCheck): GivenUser | ImportError {
  const problems = problemsOf(entry, check)
  if (problems.length > 0 || !isJsonObject(entry)) return importError(entry, problems)
  return splitUser(entry)
}

/** The error of one user, which can be shown and stored whatever the user holds. */
export function importError(user: unknown, problems: ImportError['errors']): ImportError {
  const errors = problems.map((problem) => ({ ...problem, message: storable(problem.message) }))
  return { user: maskSecrets(user), errors }
}

function problemsOf(entry: unknown, { preserve }: ImportCheck): readonly Problem[] {
  // First, since nothing that follows can tell of a value that is nested too deep.
  const unstorable = findUnstorable(entry)
  if (unstorable !== undefined) {
    const { path, reason } = unstorable
    return [
      { code: 'FORMAT', message: `This cannot be stored: ${reason}`, path: `${ROOT_PATH}${storable(path)}` },
    ]
  }
  const problems: Problem[] = []
  checkValue(preserve ? preservedUser : importedUser, entry, ROOT_PATH, problems)
  if (isJsonObject(entry)) checkWhole(entry, problems)
  return problems
}

function checkWhole(user: JsonObject, problems: Problem[]): void {
  const custom = user['custom_password_hash']
  if (isJsonObject(custom)) checkHash(custom, problems)
  // The two exclude each other.
  if (custom !== undefined && user['password_hash'] !== undefined) problems.push(notPassed(ROOT_PATH))
}

/** The problem of a profile that is too large, if it is. Costs a pass over all of it. */
export function oversize(profile: Json): Problem | undefined {
  const bytes = Buffer.byteLength(JSON.stringify(profile))
  if (bytes <= PROFILE_BYTES_MAX) return undefined
  const message = `Profile is too large (${bytes} bytes), maximum ${PROFILE_BYTES_MAX}`
  return { code: 'PROFILE_SIZE_EXCEEDED', message, path: ROOT_PATH }
}

function splitUser(user: JsonObject): GivenUser {
  if (!CREDENTIALS.some((name) => name in user)) return { given: user }
  const { password_hash, custom_password_hash, mfa_factors, ...given } = user
  const credentials = { password_hash, custom_password_hash, mfa_factors }
  const present = Object.entries(credentials).filter(([, value]) => value !== undefined)
  return { given, credentials: Object.fromEntries(present) as Credentials }
}
