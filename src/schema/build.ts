import type { Schema } from './check.ts'

// Short forms of what many schemas say. Their types are literal, so that TypeOf can read them. The order of the members
// is that in which the OpenAPI document shows them.

type Named = Readonly<Record<string, Schema>>
type Nothing = Record<never, never>

export const TEXT = { type: 'string' } as const

export function text<const More extends Schema = Nothing>(description: string, more: More = {} as More) {
  return { type: 'string', description, ...more } as const
}

export function integer<const More extends Schema = Nothing>(description: string, more: More = {} as More) {
  return { type: 'integer', description, ...more } as const
}

export function boolean(description: string) {
  return { type: 'boolean', description } as const
}

export function list<const Item extends Schema>(description: string, items: Item) {
  return { type: 'array', description, items } as const
}

/** Accepts members that `properties` does not name. */
export function open<const Names extends readonly string[], const Members extends Named>(
  required: Names,
  properties: Members,
) {
  return { type: 'object', ...needed(required), properties } as const
}

/** Refuses members that `properties` does not name. */
export function closed<const Names extends readonly string[], const Members extends Named>(
  required: Names,
  properties: Members,
) {
  return { type: 'object', additionalProperties: false, ...needed(required), properties } as const
}

type Needed<Names> = Names extends readonly [] ? Nothing : { readonly required: Names }

// Draft 4 of JSON schema forbids an empty list.
function needed<Names extends readonly string[]>(required: Names): Needed<Names> {
  return (required.length === 0 ? {} : { required }) as Needed<Names>
}
