import { ExactNumber } from '../domain/exact-number.ts'
import { isJsonObject } from '../domain/json.ts'

/** z-schema does not know ExactNumber and would take one for an object. */
export function withPlainNumbers(value: unknown): unknown {
  if (value instanceof ExactNumber) return Number(value)
  if (Array.isArray(value)) return value.map(withPlainNumbers)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withPlainNumbers(member)]))
}
