import ZSchema from 'z-schema'
import { ExactNumberFound } from '../domain/exact-number.ts'
import { CLIENT_ID_PATTERN } from '../domain/ids.ts'
import { findUnstorable } from '../domain/json.ts'
import { withPlainNumbers } from './plain-numbers.ts'

/** A JSON schema (draft 4). A property's `description` becomes part of what is said of it. */
export type Schema = Readonly<Record<string, unknown>>

/** Something that a value should not be, in the words of the validator that Auth0 uses. */
export interface Problem {
  /** `MIN_LENGTH`, `INVALID_TYPE`, … */
  readonly code: string
  readonly message: string
  /** `fields[0].name`; empty for the value as a whole. */
  readonly property: string
  readonly description?: string
}

// Auth0's name for the format, which its errors repeat. What is no text at all is for `type` to complain of.
ZSchema.registerFormat('client-id', (value) => typeof value !== 'string' || CLIENT_ID_PATTERN.test(value))

const validator = new ZSchema({ breakOnFirstError: false })

/** Everything that is wrong with a value, the schema's last property first. */
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

// What the validator takes, too, told in a fortieth of its time; short enough for every limit on lengths to hold.
const PLAIN_EMAIL =
  /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/i
const PLAIN_EMAIL_LENGTH_MAX = 64

/** Whether the format `email` takes a text: the one rule for addresses, however a user comes. */
export function isEmail(text: string): boolean {
  if (text.length <= PLAIN_EMAIL_LENGTH_MAX && PLAIN_EMAIL.test(text)) return true
  return problemsOf(EMAIL, text).length === 0
}

const EMAIL: Schema = { type: 'string', format: 'email' }

// The validator throws where a text holds half of a surrogate pair, or a value is nested too deeply for its messages.
function rawProblemsOf(schema: Schema, value: unknown): readonly RawProblem[] | 'unreadable' {
  try {
    if (validator.validate(value, schema)) return []
    return validator.getLastErrors() as unknown as readonly RawProblem[]
  } catch (error) {
    if (findUnstorable(value) !== undefined) return 'unreadable'
    // A message that would quote the value.
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

// Enough to find the place.
const PATH_STEPS_SHOWN = 3
const PATH_LENGTH_MAX = 100

interface RawProblem {
  readonly code: string
  readonly message: string
  /** `#/fields/0/name` */
  readonly path: string
  readonly description?: string
}

function propertyAt(path: string): string {
  const steps = path
    .split('/')
    .slice(1)
    .filter((step) => step !== '')
  return steps
    .reduce((text, step) => (/^\d+$/.test(step) ? `${text}[${step}]` : `${text}.${step}`), '')
    .slice(1)
}
