import { ExactNumber, plainNumber } from '../domain/exact-number.ts'
import type { InsideField, Pattern, TextTest } from '../domain/filter.ts'
import { writeJson } from '../domain/write-json.ts'
import type { Relation } from '../relations/relation.ts'
import type { Bind } from './bind.ts'
import { likePattern } from './pattern.ts'

/**
 * Looks inside a jsonb column with jsonpath in its lax mode, in which a step through what is not there finds
 * nothing. Path and values are bound. The subselects make them once a statement instead of once a user.
 */
export function insideSql(
  { field, test }: { readonly field: InsideField; readonly test: TextTest },
  relation: Relation,
  bind: Bind,
): string {
  const json = relation.json(field.root)
  if (json === undefined) return 'false'
  const place = { json, steps: field.steps }
  switch (test.kind) {
    case 'equals':
      return equalsSql(place, test.text, bind)
    case 'like':
      return likeSql(place, test.pattern, bind)
    case 'range':
      return rangeSql(place, test, bind)
    default:
      return test satisfies never
  }
}

/** Auth0: an empty array, an empty object and null are not indexed, so they are not there. */
export function existsInside({ root, steps }: InsideField, relation: Relation, bind: Bind): string {
  const json = relation.json(root)
  if (json === undefined) return 'false'
  const place = { json, steps }
  return pathExists(place, `${pathTo(place)}.** ? (${isScalar})`, {}, bind)
}

/** A place inside a jsonb value. */
interface Place {
  /** SQL of the value. */
  readonly json: string
  readonly steps: InsideField['steps']
}

const isScalar = '@.type() == "string" || @.type() == "number" || @.type() == "boolean"'

function equalsSql(place: Place, text: string, bind: Bind): string {
  const number = numberIn(text)
  const alternatives = ['@ == $text', ...(number === undefined ? [] : ['@ == $number'])]
  const isBoolean = text === 'true' || text === 'false'
  const path = `${pathTo(place)} ? (${[...alternatives, ...(isBoolean ? ['@ == $boolean'] : [])].join(' || ')})`
  return pathExists(place, path, { text, number, boolean: isBoolean ? text === 'true' : undefined }, bind)
}

function rangeSql(place: Place, { from, upTo }: Extract<TextTest, { kind: 'range' }>, bind: Bind): string {
  const texts: string[] = []
  const numbers: string[] = []
  const values: Record<string, string | ExactNumber | undefined> = {}
  for (const [name, side, bound] of [['from', '>', from] as const, ['upTo', '<', upTo] as const]) {
    if (bound === undefined) continue
    const operator = bound.isInclusive ? `${side}=` : side
    texts.push(`@ ${operator} $${name}Text`)
    numbers.push(`@ ${operator} $${name}Number`)
    values[`${name}Text`] = bound.text
    values[`${name}Number`] = numberIn(bound.text)
  }
  // No number lies between what is no number.
  const isNumeric = [from, upTo].every((bound) => bound === undefined || numberIn(bound.text) !== undefined)
  const alternatives = [texts, ...(isNumeric ? [numbers] : [])].map((list) => `(${list.join(' && ')})`)
  return pathExists(place, `${pathTo(place)} ? (${alternatives.join(' || ')})`, values, bind)
}

// jsonpath's own patterns cannot be handed in as values.
function likeSql(place: Place, pattern: Pattern, bind: Bind): string {
  const path = bind(`${pathTo(place)} ? (@.type() == "string")`)
  const found = `jsonb_path_query(${place.json}, (select ${path}::jsonpath)) as found (value)`
  return `(exists (select from ${found} where value #>> '{}' like ${bind(likePattern(pattern))}))`
}

function pathExists(place: Place, path: string, values: object, bind: Bind): string {
  const bound = [`(select ${bind(path)}::jsonpath)`, `(select ${bind(writeJson(values))}::jsonb)`]
  return `jsonb_path_exists(${place.json}, ${bound.join(', ')})`
}

// Auth0 skips array levels. A step, or the condition at the end, looks through one by itself; these are for
// arrays within arrays, and leave alone what is no array.
const ARRAYS = '[*][*][*]'

// jsonpath quotes names as JSON does.
function pathTo({ steps }: Place): string {
  return ['$', ...steps.map((step) => `.${JSON.stringify(step)}`)].map((step) => step + ARRAYS).join('')
}

// PostgreSQL knows numbers of 131,072 digits. Nobody asks for one, and each user's would be compared with it.
const DIGITS_MAX = 1000

/** The number that a text writes, as JSON writes numbers. */
function numberIn(text: string): ExactNumber | undefined {
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) return undefined
  const plain = plainNumber(text)
  return plain === undefined || plain.length > DIGITS_MAX ? undefined : new ExactNumber(plain)
}
