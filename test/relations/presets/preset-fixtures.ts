import fc from 'fast-check'
import type { Statements } from '../../../src/relations/relation.ts'
import { byBytes, insertRows } from './preset-harness.ts'

export const anyText = (maxLength = 8) =>
  fc.oneof(
    fc.constantFrom(' ', '0', `O'Hara "x", =1+1`, 'é😀\n2', 'a;b', '\\', 'auth0|x', 'null'),
    fc
      .string({ unit: 'grapheme', minLength: 1, maxLength })
      .filter((value) => value !== '' && !value.includes('\u0000')),
  )

export const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null })

/** Milliseconds since 1970, never 0. */
export const anyMillis = fc.integer({ min: 1, max: 4_102_444_799_999 })

export const anyMoment = anyMillis.map((millis) => new Date(millis).toISOString())

/** A value of a product's JSON, nulls inside included. */
export const anyJson = fc.dictionary(
  fc.constantFrom('team', 'a.b', 'ünits', 'tags', 'nested', 'nothing'),
  fc.oneof(
    anyText(),
    fc.boolean(),
    fc.integer(),
    fc.constant(null),
    fc.array(anyText(), { maxLength: 2 }),
    fc.constant({ deep: [null, { x: null }] }),
  ),
  { maxKeys: 3 },
)

export type Row = Readonly<
  Record<string, string | number | boolean | null | readonly string[] | Readonly<Record<string, unknown>>>
>

/** All rows as PostgreSQL's own JSON of them: numbers as numbers, timestamps as texts. */
export async function allRows<R = Row>(database: Statements, table: string): Promise<readonly R[]> {
  const rows = await database.query<{ row: R }>(`select to_jsonb(t) as row from ${table} as t`)
  return rows.map(({ row }) => row)
}

/** Adds rows of several tables. */
export async function insertAll(
  database: Statements,
  rows: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>,
): Promise<void> {
  for (const [table, rowsOfTable] of Object.entries(rows)) await insertRows(database, table, rowsOfTable)
}

/** The members that have a value, as a profile shows them. */
export function present<Members extends object>(members: Members): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== null && value !== undefined),
  )
}

/** The same, or null if there is no such member. */
export function presentOrNull(members: object): Readonly<Record<string, unknown>> | null {
  const found = present(members)
  return Object.keys(found).length === 0 ? null : found
}

/** Each text once, in the order of bytes, or null if there is none. */
export function listOrNull(texts: readonly string[]): readonly string[] | null {
  return texts.length === 0 ? null : [...new Set(texts)].sort(byBytes)
}

/** Null if the list is empty. */
export function someOrNull<T>(list: readonly T[]): readonly T[] | null {
  return list.length === 0 ? null : list
}

/** A timestamp as a profile shows it. One without time zone is in UTC. */
export function momentOf(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'number') return new Date(value).toISOString()
  const text = String(value)
  return new Date(/[+-]\d\d:\d\d$/.test(text) ? text : `${text}Z`).toISOString()
}

/** Both names with a space between them, or the one that there is. */
export function fullNameOf(given: unknown, family: unknown): string | null {
  const names = [given, family].filter((name) => name !== null && name !== undefined && name !== '')
  return names.length === 0 ? null : names.join(' ')
}
