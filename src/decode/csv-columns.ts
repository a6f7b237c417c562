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
  /** Where its values go, the attribute first; empty where there is no heading. */
  readonly steps: readonly PathStep[]
  /** `any` is a place that no schema knows: there a cell's form alone tells what it holds. */
  readonly kind: AttributeKind | 'any'
}

// Deeper than any value that can be stored.
const STEPS_MAX = 100

const meaningOf = meaningAmong(IMPORTED_NAMES)

/**
 * What the headings mean. Blanks around one are a slip, and so are other capitals in the name of an attribute. Fails
 * with `import_unreadable` when two of them mean the same.
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

/** Whether a column has no heading, as behind a delimiter at the end of the header. */
export function isNameless(column: Column): boolean {
  return column.steps.length === 0
}

/** How many of the headings name an attribute that every profile may have. */
export function countKnown(headings: readonly string[]): number {
  return pathsOf(headings).filter((path) => path !== undefined && isAttribute(path.root)).length
}

/** Undefined where a heading is nothing but blanks. */
function pathsOf(headings: readonly string[]): readonly (FieldPath | undefined)[] {
  const names = headings.map(trimmed)
  const all = new Set(names)
  const meaning = presetNames((name) => all.has(name))
  return names.map((name) => (name === '' ? undefined : pathOf(meaning(name))))
}

// A heading that is no path is the name of an attribute as it stands.
function pathOf(heading: string): FieldPath {
  const path = isClaimName(heading) ? { problem: 'not a path' } : parseFieldPath(heading)
  if ('problem' in path || path.steps.length >= STEPS_MAX) return { root: heading, steps: [] }
  const meant = meaningOf(path.root)
  return meant?.isSame === true ? { ...path, root: meant.name } : path
}

function kindOf({ root, steps }: FieldPath): Column['kind'] {
  return steps.length === 0 && isAttribute(root) ? ATTRIBUTES[root].kind : 'any'
}

// Names of attributes are no secret, but in a file without a header the first user stands in their place.
function repeated(path: FieldPath, first: number, second: number): Failure {
  const name = isAttribute(path.root) ? JSON.stringify(fieldPathText(path)) : 'something'
  return new Failure(
    'import_unreadable',
    `The header of the users file names ${name} twice, in columns ${first} and ${second}.`,
  )
}

/**
 * What a cell holds, its guard taken off; undefined for nothing. `onGrowth` hears of numbers that take more
 * characters than in the cell. Throws a RepeatedName.
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
      // Spreadsheets write it in capitals. Quoted or not: such an attribute is never a text.
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

// As exports write values that are no texts, and spreadsheets and pandas write booleans.
const BARE_VALUES: ReadonlyMap<string, Json> = new Map<string, Json>([
  ...['true', 'True', 'TRUE'].map((text) => [text, true] as const),
  ...['false', 'False', 'FALSE'].map((text) => [text, false] as const),
  ['null', null],
])

// JSON's numbers but for exponents, which exports do not write: 12E5 is somebody's code.
const BARE_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/

// Whoever wrote a bare cell may not have meant JSON. So it is a number only if that number is written with the very
// same characters: neither 00367 nor -0 is.
function bareValue(text: string): Json {
  if (BARE_NUMBER.test(text)) return plainNumber(text) === text ? numberOf(text) : text
  // Made for each, since a user's value may be changed.
  if (text === '{}') return {}
  if (text === '[]') return []
  const value = BARE_VALUES.get(text)
  return value === undefined ? text : value
}

// What is no JSON stays a text, for the schema to refuse.
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
