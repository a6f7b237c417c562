import type { Json } from '../domain/json.ts'
import { ATTRIBUTE_NAMES, ATTRIBUTES, type AttributeKind, type Profile } from '../domain/profile.ts'
import { writeJson } from '../domain/write-json.ts'
import { LOWERED_NAMES, loweredColumns } from './lower-case.ts'

const NULL = '\\N'

type Cell = (value: Json) => string

const CELLS: Record<AttributeKind, Cell> = {
  text: (value) => escaped(value as string),
  boolean: (value) => (value === true ? 't' : 'f'),
  integer: String,
  moment: String,
  object: jsonCell,
  array: jsonCell,
}

const COLUMNS: ReadonlyMap<string, { readonly at: number; readonly cell: Cell }> = new Map(
  ATTRIBUTE_NAMES.map((name, at) => [name, { at, cell: CELLS[ATTRIBUTES[name].kind] }]),
)

const EXTRA_AT = ATTRIBUTE_NAMES.length

const EMPTY_LINE: readonly string[] = Array(EXTRA_AT + 1 + LOWERED_NAMES.length).fill(NULL)

/**
 * A line in COPY's text format, with the columns of STORED_COLUMNS. It is made for every user whom COPY inserts. So no
 * object is built in between, and absent attributes cost nothing.
 */
export function copyLine(profile: Profile): string {
  const cells = EMPTY_LINE.slice()
  const extra: [string, Json][] = []
  for (const name of Object.keys(profile)) {
    const value = profile[name] as Json
    const column = COLUMNS.get(name)
    if (column !== undefined) cells[column.at] = column.cell(value)
    else extra.push([name, value])
  }
  // Not by assignment, because an attribute may be named __proto__.
  if (extra.length > 0) cells[EXTRA_AT] = jsonCell(Object.fromEntries(extra))
  loweredColumns(profile).forEach((lowered, at) => {
    cells[EXTRA_AT + 1 + at] = lowered === null ? NULL : escaped(lowered)
  })
  return cells.join('\t')
}

function jsonCell(value: Json): string {
  return escaped(writeJson(value))
}

const SPECIAL = /[\\\t\n\r]/
const SPECIALS = /[\\\t\n\r]/g
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

export function escaped(text: string): string {
  return SPECIAL.test(text) ? text.replace(SPECIALS, (special) => ESCAPES[special] ?? special) : text
}
