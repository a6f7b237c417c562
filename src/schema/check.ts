import ZSchema from 'z-schema'
import { ExactNumberFound } from '../domain/exact-number.ts'
import { CLIENT_ID_PATTERN } from '../domain/ids.ts'
import { findUnstorable } from '../domain/json.ts'
import { withPlainNumbers } from './plain-numbers.ts'

/** JSON schema, draft 4, since z-schema reads that. The error about a property ends with its `description`. */
export type Schema = Readonly<Record<string, unknown>>

/** In the words of z-schema, the validator that Auth0 uses. */
export interface Problem {
  readonly code: string
  readonly message: string
  readonly property: string
  readonly description?: string
}

// Auth0's errors contain this name of the format. It accepts values that are not texts: `type` refuses them.
ZSchema.registerFormat('client-id', (value) => typeof value !== 'string' || CLIENT_ID_PATTERN.test(value))

const validator = new ZSchema({ breakOnFirstError: false })

/** In z-schema's order, which is Auth0's: the last property of the schema first. */
export function problemsOf(schema: Schema, value: unknown): readonly Problem[] {
  const found = rawProblemsOf(schema, value)
  if (found === 'unreadable') return [unreadable(value)]
  return found.map(({ code, message, path, description }) => ({
    code,
    message,
    property: propertyAt(path),
    ...(description === undefined ? {} : { description }),
  }))
}

// z-schema accepts every address that this accepts, but takes forty times as long. Longer addresses go to z-schema,
// which has limits for the parts of an address.
const PLAIN_EMAIL =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/i
const PLAIN_EMAIL_LENGTH_MAX = 64

/** The only rule for addresses, so that imports and requests accept the same ones: the format `email` of z-schema. */
export function isEmail(text: string): boolean {
  if (text.length <= PLAIN_EMAIL_LENGTH_MAX && PLAIN_EMAIL.test(text)) return true
  return problemsOf(EMAIL, text).length === 0
}

const EMAIL: Schema = { type: 'string', format: 'email' }

// z-schema throws for half of a surrogate pair, and for a value that is nested too deeply for its message.
function rawProblemsOf(schema: Schema, value: unknown): readonly RawProblem[] | 'unreadable' {
  try {
    if (validator.validate(value, schema)) return []
    return validator.getLastErrors() as unknown as readonly RawProblem[]
  } catch (error) {
    if (findUnstorable(value) !== undefined) return 'unreadable'
    // z-schema wanted to quote the value in a message, but its JSON.stringify cannot write an exact number.
    if (error instanceof ExactNumberFound) return rawProblemsOf(schema, withPlainNumbers(value))
    throw error
  }
}

function unreadable(value: unknown): Problem {
  const { path, reason } = findUnstorable(value) ?? { path: '', reason: '' }
  const property = path.split('.').slice(0, PATH_STEPS_SHOWN).join('.').slice(0, PATH_LENGTH_MAX)
  return {
    code: 'FORMAT',
    message: `This cannot be stored: ${reason}`,
    property: property.replace(/(\[0\])+$/, ''),
  }
}

// The path may be as long as the request. The caller needs only enough of it to find the place.
const PATH_STEPS_SHOWN = 3
const PATH_LENGTH_MAX = 100

interface RawProblem {
  readonly code: string
  readonly message: string
  readonly path: string
  readonly description?: string
}

function propertyAt(path: string): string {
  const steps = path
    .split('/')
    .slice(1)
    .filter((step) => step !== '')
  return steps
    .map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step}`))
    .join('')
    .slice(1)
}
