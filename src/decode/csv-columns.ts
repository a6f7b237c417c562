import { numberOf, plainNumber } from '../domain/exact-number.ts'
import { Failure } from '../domain/failure.ts'
import {
  type FieldPath,
  fieldPathText,
  isClaimName,
  type PathStep,
  parseFieldPath,
} from '../domain/field-path.ts'
import type { Json } from '../domain/json.ts'
import { meaningAmong, trimmed } from '../domain/near-name.ts'
import { ATTRIBUTES, type AttributeKind, IMPORTED_NAMES, isAttribute } from '../domain/profile.ts'
import { readJsonText } from '../domain/read-json.ts'
import { RepeatedName } from '../domain/read-members.ts'
import type { Cell } from './csv-cells.ts'
import { presetNames } from './presets.ts'

export interface Column {
  readonly steps: readonly PathStep[]
  /** `any` is a path that no schema describes, so only the form of a cell shows the type of its value. */
  readonly kind: AttributeKind | 'any'
}

// A value nested deeper cannot be stored (domain/json.ts).
const STEPS_MAX = 100

const meaningOf = meaningAmong(IMPORTED_NAMES)

/**
 * Blanks around a heading, and the case of letters in an attribute's name, do not matter. Fails with
 * `import_unreadable` if two headings mean the same.
 */
export function columnsOf(headings: readonly string[]): readonly Column[] {
  const positions = new Map<string, number>()
  return pathsOf(headings).map((path, index) => {
    if (path === undefined) return NAMELESS
    const text = fieldPathText(path)
    const before = positions.get(text)
    if (before !== undefined) throw repeated(path, before + 1, index + 1)
    positions.set(text, index)
    return { steps: [path.root, ...path.steps], kind: kindOf(path) }
  })
}

const NAMELESS: Column = { steps: [], kind: 'any' }

/** A delimiter at the end of the header makes such a column. Its cells must be empty. */
export function isNameless(column: Column): boolean {
  return column.steps.length === 0
}

export function countKnown(headings: readonly string[]): number {
  return pathsOf(headings).filter((path) => path !== undefined && isAttribute(path.root)).length
}

function pathsOf(headings: readonly string[]): readonly (FieldPath | undefined)[] {
  const names = headings.map(trimmed)
  const all = new Set(names)
  const meaning = presetNames((name) => all.has(name))
  return names.map((name) => (name === '' ? undefined : pathOf(meaning(name))))
}

// A heading that cannot be read as a path is the name of a root attribute.
function pathOf(heading: string): FieldPath {
  const path = isClaimName(heading) ? { problem: 'not a path' } : parseFieldPath(heading)
  if ('problem' in path || path.steps.length >= STEPS_MAX) return { root: heading, steps: [] }
  const meant = meaningOf(path.root)
  return meant?.isSame === true ? { ...path, root: meant.name } : path
}

function kindOf({ root, steps }: FieldPath): Column['kind'] {
  return steps.length === 0 && isAttribute(root) ? ATTRIBUTES[root].kind : 'any'
}

// Only known names are in the message: in a file without a header, the first line is a user's data.
function repeated(path: FieldPath, first: number, second: number): Failure {
  const name = isAttribute(path.root) ? JSON.stringify(fieldPathText(path)) : 'something'
  return new Failure(
    'import_unreadable',
    `The header of the users file names ${name} twice, in columns ${first} and ${second}.`,
  )
}

/**
 * Undefined for a missing value. The caller has removed the guard. `onGrowth` gets the number of characters by which
 * numbers are longer than in the cell: the size limit of a profile counts them. Throws a RepeatedName.
 */
export function cellValue(
  { text, isQuoted }: Cell,
  { kind, steps }: Column,
  onGrowth: (characters: number) => void,
): Json | undefined {
  if (text === '' && !(isQuoted && (kind === 'text' || kind === 'any'))) return undefined
  switch (kind) {
    case 'text':
    case 'moment':
      return text
    case 'boolean':
      // Spreadsheets write TRUE. Quotes do not matter, since a boolean attribute is never a text.
      return /^(?:true|false)$/i.test(text) ? text.toLowerCase() === 'true' : text
    case 'integer':
      return /^-?\d{1,15}$/.test(text) ? Number(text) : text
    case 'object':
    case 'array':
      return jsonOf(text, String(steps[0]), onGrowth)
    case 'any':
      return isQuoted ? text : bareValue(text)
  }
}

// Spreadsheets and pandas write booleans in these ways, so such bare cells must not become texts.
const BARE_VALUES: ReadonlyMap<string, Json> = new Map<string, Json>([
  ...['true', 'True', 'TRUE'].map((text) => [text, true] as const),
  ...['false', 'False', 'FALSE'].map((text) => [text, false] as const),
  ['null', null],
])

// JSON's numbers without exponents. Exports write no exponents, so 12E5 is probably a code and stays a text.
const BARE_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/

// Writers of other programs do not mean JSON. So a bare cell is a number only if JSON writes that number with the same
// characters: 00367 and -0 stay texts.
function bareValue(text: string): Json {
  if (BARE_NUMBER.test(text)) return plainNumber(text) === text ? numberOf(text) : text
  // A new object for each cell, since later code may change it.
  if (text === '{}') return {}
  if (text === '[]') return []
  const value = BARE_VALUES.get(text)
  return value === undefined ? text : value
}

// A cell that is not JSON stays a text, so that the schema refuses it with the name of the attribute.
function jsonOf(text: string, root: string, onGrowth: (characters: number) => void): Json {
  try {
    const { value, growth } = readJsonText(text)
    onGrowth(growth)
    return value ?? text
  } catch (error) {
    if (error instanceof RepeatedName) throw error.within(root)
    return text
  }
}
