import type { Filter } from '../domain/filter.ts'
import {
  type Ends,
  NO_EQUALITY,
  NO_REGULAR_EXPRESSION,
  REGULAR_EXPRESSION,
  refuseHalfClause,
  refuseNeighbours,
  refuseOddValue,
  refuseSigns,
} from './other-languages.ts'
import { QueryProblem } from './query-problem.ts'
import { isSpecial, plainText, readPhrase, readWord, type Word } from './read-word.ts'
import { fieldText, type SearchField, searchField } from './search-field.ts'
import { type Bound, bareClause, type Value, valueClause } from './value-clause.ts'

/** Deeper queries are refused, since the parser recurses. */
const NESTING_LEVELS_MAX = 20

/** Half of Lucene's limit. PostgreSQL takes a quarter of a second to plan so many, and plans each range of an export. */
const CLAUSES_MAX = 512

/** A clause without a field counts as this many, since it searches so many attributes. */
const BARE_CLAUSES = 8

interface Operand {
  readonly sign: 'required' | 'prohibited' | 'none'
  readonly filter: Filter
  readonly start: number
  readonly ends: Ends
}

const AND = /(?:AND|&&)(?=[\s()"]|$)/y
const OR = /(?:OR|\|\|)(?=[\s()"]|$)/y
const NOT = /NOT(?=[\s()"]|$)|[!-]/y
const SPACE = /\s*/y
const NO_WORDS: Ends = { first: undefined, last: undefined }
const WORD_END = /[\s()"[\]{}^~:]/
const MOMENT_END = /[\s()"[\]{}^~]/
const BOUND_END = /[\s\]}"]/

/**
 * A recursive descent parser. From low to high precedence: neighbouring clauses, OR, AND, signs. It counts the levels
 * of recursion, so that no query exhausts the stack.
 */
export class QueryReader {
  readonly #text: string
  #at = 0
  #levels = 0
  #clauses = 0

  constructor(text: string) {
    this.#text = text
  }

  query(): Filter {
    const filter = this.#sequence(undefined)
    if (this.#at < this.#text.length) throw new QueryProblem('a ) closes nothing', this.#at)
    return filter
  }

  #sequence(group: SearchField | undefined): Filter {
    const operands: Operand[] = []
    this.#take(SPACE)
    while (this.#at < this.#text.length && this.#text[this.#at] !== ')') {
      operands.push(this.#disjunction(group))
      this.#take(SPACE)
    }
    if (operands.length === 0) throw new QueryProblem('expected a term', this.#at)
    refuseNeighbours(operands.map(({ ends }) => ends))
    return sideBySide(operands)
  }

  #disjunction(group: SearchField | undefined): Operand {
    const operands = this.#chain(OR, () => this.#conjunction(group))
    const [first] = operands
    if (operands.length === 1 && first !== undefined) return first
    const required = operands.find(({ sign }) => sign === 'required')
    if (required !== undefined) throw new QueryProblem('a + has no meaning beside OR', required.start)
    return joined('any', operands)
  }

  #conjunction(group: SearchField | undefined): Operand {
    const operands = this.#chain(AND, () => this.#operand(group))
    const [first] = operands
    return operands.length === 1 && first !== undefined ? first : joined('all', operands)
  }

  #chain(operator: RegExp, read: () => Operand): Operand[] {
    const operands = [read()]
    for (;;) {
      this.#take(SPACE)
      if (this.#take(operator) === '') return operands
      operands.push(read())
    }
  }

  #operand(group: SearchField | undefined): Operand {
    this.#take(SPACE)
    const start = this.#at
    const isRequired = this.#take(/\+/y) !== ''
    if (this.#text.startsWith('!=', start)) throw new QueryProblem(NO_EQUALITY, start)
    if (!isRequired && this.#take(NOT) === '') return { sign: 'none', ...this.#unsigned(group), start }
    const { filter, ends } = this.#deeper(start, () => {
      const operand = this.#operand(group)
      return { filter: signed(operand), ends: operand.ends }
    })
    return { sign: isRequired ? 'required' : 'prohibited', filter, start, ends }
  }

  #unsigned(group: SearchField | undefined): { filter: Filter; ends: Ends } {
    if (this.#text[this.#at] === '(') return { filter: this.#parenthesized(group), ends: NO_WORDS }
    const unsigned =
      group === undefined ? this.#clause() : { filter: this.#fieldClause(group), ends: NO_WORDS }
    this.#endClause()
    return unsigned
  }

  #parenthesized(group: SearchField | undefined): Filter {
    const start = this.#at
    const filter = this.#deeper(start, () => {
      this.#at++
      return this.#sequence(group)
    })
    if (this.#text[this.#at] !== ')') throw new QueryProblem('a ( is opened here and not closed', start)
    this.#at++
    return filter
  }

  #clause(): { filter: Filter; ends: Ends } {
    const start = this.#at
    if (this.#text[start] === '"') return this.#bareClause(this.#word(WORD_END))
    if (this.#text[start] === '{' && /["$']|\w+"?\s*:/y.test(this.#text.slice(start + 1).trimStart()))
      throw new QueryProblem(
        'this is JSON: a clause is written field:value, such as email:jane@example.com',
        start,
      )
    if (/[[{<>]/.test(this.#text[start] ?? '')) throw new QueryProblem('a range stands after a field', start)
    this.#refuseRegularExpression()
    const word = this.#word(WORD_END)
    if (this.#text[this.#at] !== ':') return this.#bareClause(word)
    this.#at++
    this.#take(SPACE)
    const field = searchField(word, this.#text.slice(this.#at))
    const isGroup = this.#text[this.#at] === '('
    return { filter: isGroup ? this.#parenthesized(field) : this.#fieldClause(field), ends: NO_WORDS }
  }

  #bareClause(word: Word): { filter: Filter; ends: Ends } {
    this.#count(BARE_CLAUSES, word.start)
    refuseHalfClause(word)
    return { filter: bareClause(word), ends: { first: word, last: word } }
  }

  // Called before a word is read, since a regular expression may have characters that end a word.
  #refuseRegularExpression(): void {
    const start = this.#at
    if (this.#take(REGULAR_EXPRESSION) !== '') throw new QueryProblem(NO_REGULAR_EXPRESSION, start)
  }

  #fieldClause(field: SearchField): Filter {
    this.#count(1, this.#at)
    return valueClause(field, this.#value(field))
  }

  #count(clauses: number, start: number): void {
    this.#clauses += clauses
    if (this.#clauses <= CLAUSES_MAX) return
    const message = `a query has ${CLAUSES_MAX} clauses at most, one without a field counting as ${BARE_CLAUSES}`
    throw new QueryProblem(message, start)
  }

  #value(field: SearchField): Value {
    const start = this.#at
    const comparison = this.#take(/[<>]=?/y)
    // The colons of a time need no escape, since a timestamp cannot contain a field.
    const end = field.kind === 'moment' ? MOMENT_END : WORD_END
    if (comparison === '') {
      if (/[[{]/.test(this.#text[start] ?? '')) return this.#range()
      this.#refuseRegularExpression()
      const word = this.#word(end)
      if (field.kind !== 'exists') refuseOddValue(word, fieldText(field))
      return { kind: 'word', word }
    }
    const bound = boundOf(this.#word(end), comparison.endsWith('='))
    const isLower = comparison.startsWith('>')
    return { kind: 'range', from: isLower ? bound : undefined, upTo: isLower ? undefined : bound, start }
  }

  #range(): Value {
    const start = this.#at
    const isFromInclusive = this.#text[this.#at++] === '['
    const from = this.#boundWord()
    if (this.#take(/TO(?=\s)/y) === '') throw new QueryProblem('expected TO, as in [1 TO 5]', this.#at)
    const upTo = this.#boundWord()
    const close = this.#take(/[\]}]/y)
    if (close === '') throw new QueryProblem('expected ] or }', this.#at)
    return {
      kind: 'range',
      from: boundOf(from, isFromInclusive),
      upTo: boundOf(upTo, close === ']'),
      start,
    }
  }

  #boundWord(): Word {
    this.#take(SPACE)
    const word = this.#word(BOUND_END)
    this.#take(SPACE)
    return word
  }

  #word(end: RegExp): Word {
    const start = this.#at
    const isQuoted = this.#text[start] === '"'
    const operator =
      this.#take(AND) || this.#take(OR) || (end === BOUND_END ? '' : this.#take(/NOT(?=[\s()"]|$)/y))
    if (operator !== '') throw new QueryProblem(`expected a term before ${operator}`, start)
    const word = isQuoted ? readPhrase(this.#text, start) : readWord(this.#text, start, end)
    if (word.characters.length === 0 && !isQuoted) throw new QueryProblem(this.#unexpected(), start)
    refuseSigns(word)
    this.#at = word.end
    return word
  }

  // After a clause there must be a blank, a `)` or the end. Another character there was probably meant as plain text.
  #endClause(): void {
    if (/[^\s)]/.test(this.#text[this.#at] ?? ' ')) throw new QueryProblem(this.#unexpected(), this.#at)
  }

  #unexpected(): string {
    const character = this.#text[this.#at]
    if (character === undefined) return 'expected a value before the end'
    if (character === ')') return 'expected a value before )'
    return `${character} has no meaning here: a plain ${character} is written \\${character}, or inside quotes`
  }

  #deeper<T>(start: number, read: () => T): T {
    this.#levels++
    if (this.#levels >= NESTING_LEVELS_MAX)
      throw new QueryProblem(`a query is nested less than ${NESTING_LEVELS_MAX} levels deep`, start)
    const result = read()
    this.#levels--
    return result
  }

  #take(sticky: RegExp): string {
    sticky.lastIndex = this.#at
    const [match = ''] = sticky.exec(this.#text) ?? []
    this.#at += match.length
    return match
  }
}

function signed({ sign, filter }: Operand): Filter {
  return sign === 'prohibited' ? { kind: 'not', of: filter } : filter
}

function joined(kind: 'all' | 'any', operands: readonly Operand[]): Operand {
  const [first] = operands
  const ends = { first: first?.ends.first, last: operands.at(-1)?.ends.last }
  return { sign: 'none', filter: oneOrMore(kind, operands.map(signed)), start: first?.start ?? 0, ends }
}

/**
 * Lucene's rule for clauses without an operator between them: a user must match all required clauses and no prohibited
 * one. If none is required, the user must match at least one of the others.
 */
function sideBySide(operands: readonly Operand[]): Filter {
  const required = operands.filter(({ sign }) => sign === 'required')
  const choice = operands.filter(({ sign }) => sign === 'none')
  const chosen = choice.length === 0 ? [] : [oneOrMore('any', choice.map(signed))]
  const positive = required.length === 0 ? chosen : required.map(signed)
  return oneOrMore('all', [...positive, ...operands.filter(({ sign }) => sign === 'prohibited').map(signed)])
}

function oneOrMore(kind: 'all' | 'any', of: readonly Filter[]): Filter {
  const [first] = of
  return of.length === 1 && first !== undefined ? first : { kind, of }
}

function boundOf(word: Word, isInclusive: boolean): Bound | undefined {
  const isWild = word.characters.some((character) => isSpecial(character, '*?'))
  if (!isWild) return { word, isInclusive }
  if (plainText(word) === '*') return undefined
  throw new QueryProblem('the end of a range is a whole value, or * alone', word.start)
}
