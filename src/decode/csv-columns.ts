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
import { readJson } from '../domain/read-json.ts'
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

const BARE_JSON = /^(?:true|false|null|\{\}|\[\]|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/

/** What a cell holds, its guard taken off; undefined for nothing. */
export function cellValue({ text, isQuoted }: Cell, kind: Column['kind']): Json | undefined {
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
      return jsonOf(text) ?? text
    case 'any':
      return !isQuoted && BARE_JSON.test(text) ? readJson(text) : text
  }
}

function jsonOf(text: string): Json | undefined {
  try {
    return readJson(text)
  } catch {
    return undefined
  }
}
