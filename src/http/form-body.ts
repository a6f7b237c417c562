import type { FastifyRequest } from 'fastify'
import type { Schema } from '../schema/check.ts'

/**
 * Auth0 also accepts URL-encoded forms. Their values are texts, so integers of the schema become numbers, and
 * `fields[0][name]=email` becomes an array of objects. `{}` if there is no body.
 */
export function formBody(request: FastifyRequest, schema: Schema): unknown {
  const body = request.body === undefined ? {} : request.body
  const isForm = request.headers['content-type']
    ?.toLowerCase()
    .startsWith('application/x-www-form-urlencoded')
  if (isForm !== true || typeof body !== 'object' || body === null) return body
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Schema>>
  const isNumber = (key: string) => Object.hasOwn(properties, key) && properties[key]?.['type'] === 'integer'
  const fields: Record<string, unknown>[] = []
  const members: [string, unknown][] = []
  for (const [key, value] of Object.entries(body)) {
    const match = /^fields\[(\d{1,3})\](?:\[(\w+)\]|\.(\w+))$/.exec(key)
    const member = match?.[2] ?? match?.[3]
    if (match === null || member === undefined) members.push([key, isNumber(key) ? numberOf(value) : value])
    else fields[Number(match[1])] = { ...fields[Number(match[1])], [member]: value }
  }
  const given = fields.filter((field) => field !== undefined)
  return Object.fromEntries(given.length === 0 ? members : [...members, ['fields', given]])
}

// A text that is no number stays as it is, so that the schema refuses it.
function numberOf(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value
}
