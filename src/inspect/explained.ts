import { isJsonObject, type Json } from '../domain/json.ts'

/** A table that a plan reads, from EXPLAIN (FORMAT JSON, VERBOSE). */
export interface TableRead {
  readonly schema: string
  readonly table: string
  readonly alias: string
  /** PostgreSQL goes straight to the rows of these conditions. Empty if it reads the whole table, or a whole index. */
  readonly found: readonly string[]
  /** PostgreSQL looks at each row that it has read for these. */
  readonly checked: readonly string[]
}

/** Every read of a table in a plan, in any depth. */
export function readsIn(plan: Json): readonly TableRead[] {
  if (Array.isArray(plan)) return plan.flatMap(readsIn)
  if (!isJsonObject(plan)) return []
  const below = readsIn(plan['Plans'] ?? [])
  const name = plan['Relation Name']
  if (typeof name !== 'string') return below
  const found = [...conditionsOf(plan, 'Index Cond'), ...bitmapConditions(plan['Plans'])]
  const read: TableRead = {
    schema: String(plan['Schema']),
    table: name,
    alias: String(plan['Alias']),
    found,
    checked: conditionsOf(plan, 'Filter'),
  }
  return [read, ...below]
}

// Below a Bitmap Heap Scan, one node for each index that it uses.
function bitmapConditions(plans: Json | undefined): readonly string[] {
  if (!Array.isArray(plans)) return []
  return plans.flatMap((plan) =>
    isJsonObject(plan) && /^Bitmap/.test(String(plan['Node Type']))
      ? [...conditionsOf(plan, 'Index Cond'), ...bitmapConditions(plan['Plans'])]
      : [],
  )
}

function conditionsOf(plan: Readonly<Record<string, Json>>, member: string): readonly string[] {
  const text = plan[member]
  return typeof text === 'string' ? conjunctsOf(text) : []
}

/** The parts of a condition between its outermost ANDs, each in its brackets. */
function conjunctsOf(condition: string): readonly string[] {
  const inner = withoutBrackets(condition)
  const parts = splitAt(inner, ' AND ')
  return parts.length === 1 ? [condition] : parts.flatMap(conjunctsOf)
}

/** Both sides of an equation in brackets. Undefined if the condition is of another kind. */
export function sidesOf(condition: string): readonly [left: string, right: string] | undefined {
  const [left, right, ...more] = splitAt(withoutBrackets(condition), ' = ')
  return left === undefined || right === undefined || more.length > 0 ? undefined : [left, right]
}

function withoutBrackets(text: string): string {
  return isInBrackets(text) ? text.slice(1, -1) : text
}

function isInBrackets(text: string): boolean {
  if (!text.startsWith('(')) return false
  let depth = 0
  for (const [at, character] of characters(text)) {
    depth += character === '(' ? 1 : character === ')' ? -1 : 0
    if (depth === 0) return at === text.length - 1
  }
  return false
}

function splitAt(text: string, separator: string): readonly string[] {
  const cuts: number[] = []
  let depth = 0
  for (const [at, character] of characters(text)) {
    depth += character === '(' ? 1 : character === ')' ? -1 : 0
    if (depth === 0 && text.startsWith(separator, at)) cuts.push(at)
  }
  return [...cuts, text.length].map((cut, n) =>
    text.slice(n === 0 ? 0 : (cuts[n - 1] ?? 0) + separator.length, cut),
  )
}

/** Those outside of quoted texts and names. */
function* characters(text: string): Generator<readonly [number, string]> {
  for (const { 0: piece, index } of text.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|./gs))
    if (piece.length === 1) yield [index, piece]
}
