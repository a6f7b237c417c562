import type { FieldPath, PathStep } from '../domain/field-path.ts'
import { ATTRIBUTES, type Attribute, isAttribute } from '../domain/profile.ts'
import { literal } from '../pg/sql.ts'

/**
 * SQL of the value at a path, and what it can be. Where the user has no value it is SQL null, unless `isNeverNull`.
 * `any` is jsonb of any kind; `never` is a step into something that has no inside.
 */
export type Value =
  | {
      readonly kind: 'text' | 'boolean' | 'integer' | 'moment'
      readonly sql: string
      readonly isNeverNull?: true
    }
  /** `text` is a scalar's own text, without the quotes that JSON writes around a string. */
  | { readonly kind: 'any'; readonly sql: string; readonly text: string; readonly isNeverNull?: true }
  /** jsonb that stands for itself only where metadata ends: at a scalar, `null`, `{}` or `[]`. */
  | { readonly kind: 'end'; readonly sql: string }
  | { readonly kind: 'never' }

/** Columns that are named as attributes are. `extra` is jsonb of the root attributes that ATTRIBUTES does not name. */
export interface ProfileColumns {
  readonly names: ReadonlySet<Attribute | 'extra'>
  readonly neverNull: ReadonlySet<Attribute>
}

/** The value at a path. Only names of columns become identifiers: an unknown root is a key in `extra`. */
export function valueAt(path: FieldPath, { names, neverNull }: ProfileColumns): Value {
  const { root, steps } = path
  if (!isAttribute(root)) return names.has('extra') ? extraAt(path) : { kind: 'never' }
  if (!names.has(root)) return { kind: 'never' }
  const value = attributeAt(root, steps)
  const isNeverNull = steps.length === 0 && neverNull.has(root)
  return isNeverNull && value.kind !== 'never' ? { ...value, isNeverNull } : value
}

type Found = Exclude<Value, { readonly kind: 'end' }>

function attributeAt(root: Attribute, steps: readonly PathStep[]): Found {
  const { kind } = ATTRIBUTES[root]
  if (kind === 'object' || kind === 'array') return insideOf(root, steps)
  return steps.length === 0 ? { kind, sql: root } : { kind: 'never' }
}

// JSON's null under the whole name is a value: SQL's null alone is none.
function extraAt({ root, steps, whole }: FieldPath): Found {
  const along = anyAt('extra', [root, ...steps])
  if (whole === undefined || along.kind !== 'any') return along
  const name = literal(whole)
  return {
    kind: 'any',
    sql: `coalesce(extra -> ${name}, ${along.sql})`,
    text: `coalesce(extra ->> ${name}, ${along.text})`,
  }
}

function insideOf(column: string, steps: readonly PathStep[]): Found {
  // Ours to write, and always text: no need to ask each value for its kind.
  const [position, member] = steps
  const isOwnText = member === 'connection' || member === 'provider'
  if (column === 'identities' && typeof position === 'number' && isOwnText && steps.length === 2) {
    return { kind: 'text', sql: `(identities -> ${position} ->> ${literal(member)})` }
  }
  return anyAt(column, steps)
}

function anyAt(column: string, steps: readonly PathStep[]): Found {
  const [name] = steps
  // Into an object `->` is quicker than `#>`, which takes its array apart for each user.
  if (steps.length === 1 && typeof name === 'string' && !/^\s*[+-]?\d+\s*$/.test(name))
    return { kind: 'any', sql: `(${column} -> ${literal(name)})`, text: `(${column} ->> ${literal(name)})` }
  // Straight out of the column: the value as jsonb is made again first, which costs as much again.
  const inside = steps.some(isOddName)
    ? `${jsonAt(column, steps)} #>> '{}'`
    : `${column} #>> ${pathLiteral(steps)}`
  return { kind: 'any', sql: jsonAt(column, steps), text: `(${inside})` }
}

/**
 * What lies inside jsonb if names lead into objects and positions into arrays, and neither into the other. SQL null if the
 * path leads nowhere.
 */
export function endAt(json: string, steps: readonly PathStep[]): Value {
  if (steps.length === 0) return { kind: 'end', sql: json }
  const path = literal(strictJsonPath(steps))
  return { kind: 'end', sql: `jsonb_path_query_first(${json}, ${path}, '{}', true)` }
}

/** The same as SQL/JSON path, whose strings are those of JSON. */
export function strictJsonPath(steps: readonly PathStep[]): string {
  const texts = steps.map((step) => (typeof step === 'number' ? `[${step}]` : `.${JSON.stringify(step)}`))
  return `strict $${texts.join('')}`
}

function jsonAt(column: string, steps: readonly PathStep[]): string {
  const odd = steps.findIndex(isOddName)
  if (odd === -1) return steps.length === 0 ? column : `(${column} #> ${pathLiteral(steps)})`
  const inner = odd === 0 ? column : jsonAt(column, steps.slice(0, odd))
  const step = `(${inner} -> ${literal(String(steps[odd]))})`
  return odd === steps.length - 1 ? step : jsonAt(step, steps.slice(odd + 1))
}

// In an array `#>` reads a name such as -1 or 01 as a position (the last element!), where JavaScript finds
// nothing. `->` with a text looks into objects only.
function isOddName(step: PathStep): boolean {
  return typeof step === 'string' && /^\s*[+-]?\d+\s*$/.test(step) && !/^(0|[1-9]\d*)$/.test(step)
}

function pathLiteral(steps: readonly PathStep[]): string {
  return steps.length === 0 ? `'{}'` : `array[${steps.map((step) => literal(String(step))).join(',')}]`
}
