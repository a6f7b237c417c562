import ZSchema from 'z-schema'
import { Failure, type FailureCode } from '../domain/failure.ts'

/** A JSON schema (draft 4). `description` becomes part of the error's text. */
export type Schema = Readonly<Record<string, unknown>>

// The library whose words Auth0's validation errors are.
const validator = new ZSchema({ breakOnFirstError: false })

/** Returns the body as what the schema says it is. Fails with `body_invalid`, in Auth0's words. */
export function validateBody<T>(schema: Schema, body: unknown): T {
  return validate(schema, body, { code: 'body_invalid', prefix: 'Payload validation error' })
}

/** The same for a query: texts become the whole numbers and booleans that the schema asks for first. */
export function validateQuery<T>(schema: Schema, query: unknown): T {
  return validate(schema, typed(schema, query), { code: 'query_invalid', prefix: 'Query validation error' })
}

interface Place {
  readonly code: FailureCode
  readonly prefix: string
}

function validate<T>(schema: Schema, value: unknown, { code, prefix }: Place): T {
  if (validator.validate(value, schema)) return value as T
  const problems = validator.getLastErrors() as unknown as readonly Problem[]
  throw new Failure(
    code,
    problems.map((problem) => `${prefix}: '${problem.message}'${whereOf(problem)}`).join('. (also) '),
  )
}

interface Problem {
  readonly message: string
  /** `#/fields/0/name` */
  readonly path: string
  readonly description?: string
}

// Root problems end after the quote; others name the property, and the schema's description without its dot.
function whereOf({ path, description }: Problem): string {
  const steps = path
    .split('/')
    .slice(1)
    .filter((step) => step !== '')
  if (steps.length === 0) return '.'
  const property = steps
    .reduce((text, step) => (/^\d+$/.test(step) ? `${text}[${step}]` : `${text}.${step}`), '')
    .slice(1)
  return ` on property ${property}${description === undefined ? '' : ` (${description.replace(/\.$/, '')})`}.`
}

// Members that the schema does not know are left out: a query may carry what nobody asked for.
function typed(schema: Schema, query: unknown): Record<string, unknown> {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>
  const given = Object.entries((query ?? {}) as Record<string, unknown>)
  return Object.fromEntries(
    given.flatMap(([name, value]) => {
      const type = properties[name]?.['type']
      if (type === undefined) return []
      return [[name, typeof value === 'string' ? textAs(type, value) : value]]
    }),
  )
}

function textAs(type: unknown, text: string): unknown {
  if (type === 'integer' && /^-?\d{1,15}$/.test(text)) return Number(text)
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  if (type === 'array') return [text]
  return text
}
