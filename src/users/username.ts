import { type Connection, isDatabase } from '../domain/connection.ts'
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts'
import { isEmail } from '../schema/check.ts'
import { type Problem, short } from './rules.ts'

interface Limits {
  readonly min: number
  readonly max: number
}

/** Auth0's doc, "Adding Username for Database Connections": what holds unless the connection says otherwise. */
const LIMITS: Limits = { min: 1, max: 15 }
const LENGTH_MAX = 128

// The same page; capitals are made small when the name is saved.
const CHARACTERS = /^[a-z0-9@^$.!`#+'~_-]*$/i

/** What is wrong with a username that is new to a connection. Auth0 has rules for those of its database alone. */
export function usernameProblem(username: string, connection: Connection): Omit<Problem, 'path'> | undefined {
  if (!isDatabase(connection)) return undefined
  const { min, max } = limitsOf(connection.options) ?? LIMITS
  const { length } = [...username]
  if (length < min)
    return { code: 'MIN_LENGTH', message: `String is too short (${length} chars), minimum ${min}` }
  if (length > max)
    return { code: 'MAX_LENGTH', message: `String is too long (${length} chars), maximum ${max}` }
  if (!CHARACTERS.test(username)) {
    const message = `String does not match pattern ${CHARACTERS.source}: ${short(username)}`
    return { code: 'PATTERN', message }
  }
  // It would be taken for the address of another user.
  if (isEmail(username))
    return { code: 'FORMAT', message: `A username cannot be an email address: ${short(username)}` }
  return undefined
}

/** What is wrong with the limits that a connection's options set, as a sentence. */
export function usernameOptionsProblem(options: JsonObject): string | undefined {
  const given = limitsGiven(options)
  if (given === undefined || limitsOf(options) !== undefined) return undefined
  return `Expected whole numbers min and max, 1 <= min <= max <= ${LENGTH_MAX}, but found ${JSON.stringify(given).slice(0, 100)}`
}

/** Undefined without limits; wrong ones count as none. */
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
