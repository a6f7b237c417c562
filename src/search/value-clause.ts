import type { Clause, Filter, Pattern, TextBound, TextTest } from '../domain/filter.ts'
import { momentSpan, type Span } from './moment-span.ts'
import { QueryProblem } from './query-problem.ts'
import { isSpecial, plainText, type Word } from './read-word.ts'
import { type SearchField, searchField } from './search-field.ts'

export type Value =
  | { readonly kind: 'word'; readonly word: Word }
  | {
      readonly kind: 'range'
      readonly from: Bound | undefined
      readonly upTo: Bound | undefined
      readonly start: number
    }

export interface Bound {
  readonly word: Word
  readonly isInclusive: boolean
}

type RangeValue = Extract<Value, { kind: 'range' }>
type FieldOf<Kind extends SearchField['kind']> = Extract<SearchField, { kind: Kind }>

/** Auth0: "For suffix matching, literals must have 3 characters or more." */
const SUFFIX_LENGTH_MIN = 3

/** A pattern with many wildcards costs much: with 4,000 PostgreSQL took 20 s to compare one text of 100 KB. */
const WILDCARDS_MAX = 32

export function valueClause(field: SearchField, value: Value): Clause {
  if (field.kind === 'exists') return existsClause(value)
  if (value.kind === 'range') {
    const isOpen = value.from === undefined && value.upTo === undefined
    return isOpen ? holding(field, value.start) : rangeClause(field, value)
  }
  const { word } = value
  const pattern = patternOf(word)
  if (pattern.length === 1 && pattern[0] === 'many') return holding(field, word.start)
  if (pattern.some(isWildcard)) return patternClause(field, pattern, word)
  switch (field.kind) {
    case 'text':
    case 'inside':
      return { ...field, test: { kind: 'equals', text: plainText(word) } }
    case 'boolean':
      return { ...field, is: booleanOf(word) }
    case 'integer': {
      const number = integerOf(word)
      return { ...field, from: number, upTo: number }
    }
    case 'moment':
      return { ...field, ...spanOf(word) }
    default:
      return field satisfies never
  }
}

/** Without a field, only the attributes that identify a user are searched: all attributes would take too long. */
export function bareClause(word: Word): Filter {
  const pattern = patternOf(word)
  if (pattern.length === 1 && pattern[0] === 'many') return { kind: 'all', of: [] }
  return { kind: 'anywhere', test: textTest(pattern, word) }
}

function existsClause(value: Value): Clause {
  if (value.kind === 'range') throw new QueryProblem("_exists_ takes a field's name", value.start)
  if (value.word.isQuoted)
    throw new QueryProblem("_exists_ takes a field's name, without quotes", value.word.start)
  const field = searchField(value.word)
  if (field.kind === 'exists')
    throw new QueryProblem('_exists_ is not the name of an attribute', value.word.start)
  return { kind: 'exists', field: field.field }
}

function holding(field: Exclude<SearchField, { kind: 'exists' }>, at: number): Clause {
  refuseUserMetadata(field, at)
  return { kind: 'exists', field: field.field }
}

// Auth0: "Range and wildcard searches are not available on user_metadata fields."
function refuseUserMetadata(field: SearchField, at: number): void {
  if (field.kind === 'inside' && field.field.root === 'user_metadata')
    throw new QueryProblem('user_metadata takes whole values only, no wildcards and no ranges', at)
}

function patternClause(
  field: Exclude<SearchField, { kind: 'exists' }>,
  pattern: Pattern,
  word: Word,
): Clause {
  refuseUserMetadata(field, word.start)
  if (field.kind !== 'text' && field.kind !== 'inside')
    throw new QueryProblem(`${field.field} is no text: it takes no wildcard`, word.start)
  return { ...field, test: textTest(pattern, word) }
}

function textTest(pattern: Pattern, word: Word): TextTest {
  const wildcards = pattern.filter(isWildcard).length
  if (wildcards === 0) return { kind: 'equals', text: plainText(word) }
  if (wildcards > WILDCARDS_MAX)
    throw new QueryProblem(`a value has ${WILDCARDS_MAX} wildcards at most`, word.start)
  const literals = pattern.map((piece) => (isWildcard(piece) ? '' : piece.text)).join('')
  const [first] = pattern
  if (first !== undefined && isWildcard(first) && [...literals].length < SUFFIX_LENGTH_MIN) {
    const message = `after a leading wildcard ${SUFFIX_LENGTH_MIN} or more other characters are needed`
    throw new QueryProblem(message, word.start)
  }
  return { kind: 'like', pattern }
}

function isWildcard(piece: Pattern[number]): piece is 'one' | 'many' {
  return piece === 'one' || piece === 'many'
}

function patternOf(word: Word): Pattern {
  const pieces: Pattern[number][] = []
  for (const character of word.characters) {
    const last = pieces.at(-1)
    if (isSpecial(character, '?')) pieces.push('one')
    else if (isSpecial(character, '*')) {
      if (last !== 'many') pieces.push('many')
    } else if (last === undefined || isWildcard(last)) pieces.push({ text: character.text })
    else pieces.splice(-1, 1, { text: last.text + character.text })
  }
  return pieces
}

function rangeClause(field: Exclude<SearchField, { kind: 'exists' }>, range: RangeValue): Clause {
  refuseUserMetadata(field, range.start)
  switch (field.kind) {
    case 'text':
    case 'inside':
      return { ...field, test: { kind: 'range', from: textBound(range.from), upTo: textBound(range.upTo) } }
    case 'boolean':
      throw new QueryProblem(`${field.field} is true or false: it takes no range`, range.start)
    case 'integer':
      return integerRange(field, range)
    case 'moment':
      return momentRange(field, range)
    default:
      return field satisfies never
  }
}

function textBound(bound: Bound | undefined): TextBound | undefined {
  if (bound === undefined) return undefined
  return { text: plainText(bound.word), isInclusive: bound.isInclusive }
}

function integerRange(field: FieldOf<'integer'>, { from, upTo }: RangeValue): Clause {
  return {
    ...field,
    from: from && integerOf(from.word) + (from.isInclusive ? 0 : 1),
    upTo: upTo && integerOf(upTo.word) - (upTo.isInclusive ? 0 : 1),
  }
}

// A partial date covers its whole time, so `{2017 TO …` begins with 2018 and `… TO 2017-12]` ends with that month.
function momentRange(field: FieldOf<'moment'>, { from, upTo }: RangeValue): Clause {
  return {
    ...field,
    from: from && spanOf(from.word)[from.isInclusive ? 'from' : 'before'],
    before: upTo && spanOf(upTo.word)[upTo.isInclusive ? 'before' : 'from'],
  }
}

function booleanOf(word: Word): boolean {
  const text = plainText(word)
  if (text !== 'true' && text !== 'false') throw new QueryProblem('expected true or false', word.start)
  return text === 'true'
}

function integerOf(word: Word): number {
  const text = plainText(word)
  const number = /^-?\d+$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(number)) throw new QueryProblem('expected a whole number', word.start)
  return number
}

function spanOf(word: Word): Span {
  const span = momentSpan(plainText(word))
  if (span === undefined)
    throw new QueryProblem('expected a date such as 2017, 2017-11-02 or 2017-11-02T10:30:00Z', word.start)
  return span
}
