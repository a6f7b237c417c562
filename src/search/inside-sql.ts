import { ExactNumber, plainNumber } from '../domain/exact-number.ts'
import type { InsideField, Pattern, TextTest } from '../domain/filter.ts'
import { writeJson } from '../domain/write-json.ts'
import type { Relation } from '../relations/relation.ts'
import type { Bind } from './bind.ts'
import { likePattern } from './pattern.ts'

/**
 * Searches inside a jsonb column with jsonpath in its lax mode: a step into a missing value finds nothing and is no
 * error. Path and values are bound. In a subselect they are converted once per statement instead of once per user.
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

/** Auth0 does not index an empty array, an empty object or null, so here too they do not exist. */
export function existsInside({ root, steps }: InsideField, relation: Relation, bind: Bind): string {
  const json = relation.json(root)
  if (json === undefined) return 'false'
  const place = { json, steps }
  return pathExists(place, `${pathTo(place)}.** ? (${isScalar})`, {}, bind)
}

interface Place {
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
  // Numbers are compared only if every bound is written as a number: otherwise the bounds would mean two orders.
  const isNumeric = [from, upTo].every((bound) => bound === undefined || numberIn(bound.text) !== undefined)
  const alternatives = [texts, ...(isNumeric ? [numbers] : [])].map((list) => `(${list.join(' && ')})`)
  return pathExists(place, `${pathTo(place)} ? (${alternatives.join(' || ')})`, values, bind)
}

// jsonpath has like_regex, but its pattern cannot be bound. So SQL compares the texts.
function likeSql(place: Place, pattern: Pattern, bind: Bind): string {
  const path = bind(`${pathTo(place)} ? (@.type() == "string")`)
  const found = `jsonb_path_query(${place.json}, (select ${path}::jsonpath)) as found (value)`
  return `(exists (select from ${found} where value #>> '{}' like ${bind(likePattern(pattern))}))`
}

function pathExists(place: Place, path: string, values: object, bind: Bind): string {
  const bound = [`(select ${bind(path)}::jsonpath)`, `(select ${bind(writeJson(values))}::jsonb)`]
  return `jsonb_path_exists(${place.json}, ${bound.join(', ')})`
}

// Auth0 ignores levels of arrays. In lax mode a step goes through one array by itself, and `[*]` keeps a value that is
// not an array. These three are for arrays within arrays.
const ARRAYS = '[*][*][*]'

function pathTo({ steps }: Place): string {
  return ['$', ...steps.map((step) => `.${JSON.stringify(step)}`)].map((step) => step + ARRAYS).join('')
}

// PostgreSQL accepts numbers of 131,072 digits, and would compare every user's value with one. No real query needs that.
const DIGITS_MAX = 1000

function numberIn(text: string): ExactNumber | undefined {
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) return undefined
  const plain = plainNumber(text)
  return plain === undefined || plain.length > DIGITS_MAX ? undefined : new ExactNumber(plain)
}
