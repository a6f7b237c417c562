import { type Connection, isDatabase } from '../domain/connection.ts'
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts'
import { isEmail } from '../schema/check.ts'
import { type Problem, short, tooLong, tooShort } from './rules.ts'

interface Limits {
  readonly min: number
  readonly max: number
}

/** The default of a connection in Auth0's documentation, "Adding Username for Database Connections". */
const LIMITS: Limits = { min: 1, max: 15 }
const LENGTH_MAX = 128

// The same page allows these characters. Capitals are allowed too, because usernames are stored in lower case.
const CHARACTERS = /^[a-z0-9@^$.!`#+'~_-]*$/i

/** Only new usernames of database connections have rules. Auth0 has none for other connections. */
export function usernameProblem(username: string, connection: Connection): Omit<Problem, 'path'> | undefined {
  if (!isDatabase(connection)) return undefined
  const { min, max } = limitsOf(connection.options) ?? LIMITS
  const { length } = [...username]
  if (length < min) return tooShort(length, min)
  if (length > max) return tooLong(length, max)
  if (!CHARACTERS.test(username)) {
    const message = `String does not match pattern ${CHARACTERS.source}: ${short(username)}`
    return { code: 'PATTERN', message }
  }
  // At a login such a username could be another user's email.
  if (isEmail(username))
    return { code: 'FORMAT', message: `A username cannot be an email address: ${short(username)}` }
  return undefined
}

export function usernameOptionsProblem(options: JsonObject): string | undefined {
  const given = limitsGiven(options)
  if (given === undefined || limitsOf(options) !== undefined) return undefined
  return `Expected whole numbers min and max, 1 <= min <= max <= ${LENGTH_MAX}, but found ${JSON.stringify(given).slice(0, 100)}`
}

function limitsOf(options: JsonObject): Limits | undefined {
  const given = limitsGiven(options)
  if (!isJsonObject(given)) return undefined
  const { min = LIMITS.min, max = LENGTH_MAX } = given
  return isLength(min) && isLength(max) && min <= max ? { min, max } : undefined
}

function limitsGiven({ validation }: JsonObject): Json | undefined {
  const username = isJsonObject(validation) ? validation['username'] : undefined
  return username ?? undefined
}

function isLength(value: Json): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= LENGTH_MAX
}
