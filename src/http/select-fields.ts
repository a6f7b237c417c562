import { invalidQuery } from '../domain/refusal.ts'
import { boolean, open, text } from '../schema/build.ts'
import type { Shape } from './define-route.ts'

export interface FieldSelection {
  readonly fields?: string
  readonly include_fields?: boolean
}

/** With `include_fields=false` even the id can be left out, as at Auth0. */
export function selectFields(
  whole: Readonly<Record<string, unknown>>,
  { fields, include_fields: isKept = true }: FieldSelection,
): Readonly<Record<string, unknown>> {
  if (fields === undefined || fields === '') return whole
  const names = new Set(fields.split(',').map((name) => name.trim()))
  if (names.size > 1000) throw invalidQuery(`Too many fields (${names.size}), maximum 1000`, 'fields')
  return Object.fromEntries(Object.entries(whole).filter(([name]) => names.has(name) === isKept))
}

export const fieldSelectionProperties = {
  fields: text('Comma-separated list of fields to include or exclude.'),
  include_fields: boolean('Whether specified fields are to be included (true) or excluded (false).'),
} as const

/** No member is required, since a selection may leave out any of them. */
export function partOf({ schema, example }: Shape): Shape {
  const { title, required, ...others } = schema
  return { schema: { title: `${title}Fields`, ...others }, example }
}

export const FIELD_SELECTION = open([], fieldSelectionProperties)
