import type { FieldPath, PathStep } from '../domain/field-path.ts'
import { ATTRIBUTES, type Attribute, isAttribute } from '../domain/profile.ts'
import { literal } from '../pg/sql.ts'

/**
 * SQL of the value at a path, and its kind. It is SQL null for a user without the value. `any` is jsonb of any kind.
 * `never` means that no user has a value there, as for `name.first`: a text has no members.
 */
export type Value =
  | {
      readonly kind: 'text' | 'boolean' | 'integer' | 'moment'
      readonly sql: string
      readonly isNeverNull?: true
    }
  | { readonly kind: 'any'; readonly sql: string; readonly text: string; readonly isNeverNull?: true }
  /** jsonb of which an export writes only ends: a scalar, `null`, `{}` or `[]`. */
  | { readonly kind: 'end'; readonly sql: string }
  | { readonly kind: 'never' }

export interface ProfileColumns {
  readonly names: ReadonlySet<Attribute | 'extra'>
  readonly neverNull: ReadonlySet<Attribute>
}

/** Only names of columns become identifiers in the SQL. An unknown root, which a caller chose, is a literal key of `extra`. */
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

// coalesce skips only SQL's null, so a JSON null under the whole name counts as a value.
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
  // Muster writes these members itself, always as texts. So a line need not ask for the type of each value.
  const [position, member] = steps
  const isOwnText = member === 'connection' || member === 'provider'
  if (column === 'identities' && typeof position === 'number' && isOwnText && steps.length === 2) {
    return { kind: 'text', sql: `(identities -> ${position} ->> ${literal(member)})` }
  }
  return anyAt(column, steps)
}

function anyAt(column: string, steps: readonly PathStep[]): Found {
  const [name] = steps
  // `->` is faster than `#>`, which must take its path array apart for each user.
  if (steps.length === 1 && typeof name === 'string' && !/^\s*[+-]?\d+\s*$/.test(name))
    return { kind: 'any', sql: `(${column} -> ${literal(name)})`, text: `(${column} ->> ${literal(name)})` }
  // `#>>` on the column is twice as fast as on an inner value, which PostgreSQL first makes as jsonb of its own.
  const inside = steps.some(isOddName)
    ? `${jsonAt(column, steps)} #>> '{}'`
    : `${column} #>> ${pathLiteral(steps)}`
  return { kind: 'any', sql: jsonAt(column, steps), text: `(${inside})` }
}

/**
 * SQL/JSON's strict mode: a name leads only into an object, a position only into an array. SQL null if the path leads
 * nowhere.
 */
export function endAt(json: string, steps: readonly PathStep[]): Value {
  if (steps.length === 0) return { kind: 'end', sql: json }
  const path = literal(strictJsonPath(steps))
  return { kind: 'end', sql: `jsonb_path_query_first(${json}, ${path}, '{}', true)` }
}

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

// In an array, `#>` reads a name such as -1 or 01 as a position: -1 is the last element. That would export a wrong
// value. `->` with a text looks only into objects.
function isOddName(step: PathStep): boolean {
  return typeof step === 'string' && /^\s*[+-]?\d+\s*$/.test(step) && !/^(0|[1-9]\d*)$/.test(step)
}

function pathLiteral(steps: readonly PathStep[]): string {
  return steps.length === 0 ? `'{}'` : `array[${steps.map((step) => literal(String(step))).join(',')}]`
}
