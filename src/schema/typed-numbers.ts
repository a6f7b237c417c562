import { ExactNumber } from '../domain/exact-number.ts'
import { isJsonObject } from '../domain/json.ts'
import type { Schema } from './check.ts'

/**
 * Where the schema names a type, an exact number becomes a JavaScript number, such as 5.0 for an integer: code would
 * not expect another. Values that no schema describes, such as those inside metadata, stay exact.
 */
export function withTypedNumbers(schema: Schema, value: unknown): unknown {
  if (value instanceof ExactNumber) return Number(value)
  const items = schema['items'] as Schema | undefined
  if (Array.isArray(value) && items !== undefined) {
    const typed = value.map((item) => withTypedNumbers(items, item))
    return typed.every((item, at) => item === value[at]) ? value : typed
  }
  const properties = schema['properties'] as Readonly<Record<string, Schema>> | undefined
  if (properties === undefined || !isJsonObject(value)) return value
  const changed = Object.entries(value).flatMap(([name, member]) => {
    const typed = Object.hasOwn(properties, name) ? withTypedNumbers(properties[name] ?? {}, member) : member
    return typed === member ? [] : [[name, typed] as const]
  })
  return changed.length === 0 ? value : { ...value, ...Object.fromEntries(changed) }
}
