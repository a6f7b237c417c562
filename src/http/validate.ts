import { Refusal, type Refused } from '../domain/refusal.ts'
import { type Problem, problemsOf, type Schema } from '../schema/check.ts'
import { withTypedNumbers } from '../schema/typed-numbers.ts'

/** Fails with `body_invalid`, in Auth0's words. */
export function validateBody<T>(schema: Schema, body: unknown): T {
  return validate(schema, body, 'body_invalid')
}

/** The values of a query are texts, so they are first converted to the schema's types. Fails with `query_invalid`. */
export function validateQuery<T>(schema: Schema, query: unknown): T {
  return validate(schema, typed(schema, query), 'query_invalid')
}

function validate<T>(schema: Schema, given: unknown, code: 'body_invalid' | 'query_invalid'): T {
  const value = withTypedNumbers(schema, given)
  const problems = problemsOf(schema, value)
  if (problems.length === 0) return value as T
  throw new Refusal(code, problems.map(refusedOf))
}

// Auth0 names no property if the whole value is wrong. Else it quotes the schema's description without the full stop.
function refusedOf({ message: problem, property, description }: Problem): Refused {
  if (property === '') return { problem }
  return {
    problem,
    property,
    ...(description === undefined ? {} : { about: description.replace(/\.$/, '') }),
  }
}

// Parameters that clients add to a query must not make it fail, so they are dropped unless the schema is closed.
function typed(schema: Schema, query: unknown): Record<string, unknown> {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>
  const given = Object.entries((query ?? {}) as Record<string, unknown>)
  return Object.fromEntries(
    given.flatMap(([name, value]) => {
      const type = properties[name]?.['type']
      if (type === undefined) return schema['additionalProperties'] === false ? [[name, value]] : []
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
