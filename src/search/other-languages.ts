import { meaningAmong, trimmed } from '../domain/near-name.ts'
import { ATTRIBUTE_NAMES } from '../domain/profile.ts'
import { QueryProblem } from './query-problem.ts'
import { plainText, type Word } from './read-word.ts'

// A query in another language would be read as names or texts that no user has, and find nobody. So signs of another
// language are refused, unless a backslash or quotes make them plain text.

function isBare(word: Word): boolean {
  return !word.isQuoted && word.characters.every(({ isLiteral }) => !isLiteral)
}

const NAMES = meaningAmong(ATTRIBUTE_NAMES)
const KNOWN: ReadonlySet<string> = new Set(ATTRIBUTE_NAMES)

/** A misspelt attribute counts too, since a typing error must not hide the other language. */
function beginsWithAttribute(text: string): boolean {
  const [root = ''] = /^[^.[\s]*/.exec(text) ?? []
  return KNOWN.has(root) || NAMES(root) !== undefined
}

/**
 * Finds a text between slashes without blanks, or with a character of regular expressions. Others are taken for paths.
 */
export const REGULAR_EXPRESSION =
  /\/(?:\\.|[^/\s\\])+\/(?=[\s)^~]|$)|\/(?=[^/]*[*+?.|()[\]{}$])(?:\\.|[^/\\])+\/(?=[\s)^~]|$)/y
export const NO_REGULAR_EXPRESSION =
  'regular expressions are not understood: use * and ?, and write a plain / as \\/, or inside quotes'
export const NO_EQUALITY = '!= is no operator here: write NOT field:value'

interface Sign {
  readonly pattern: RegExp
  readonly say: (found: string) => string
}

const ordinary = (found: string): string => `a plain ${found} is written \\${found}, or inside quotes`

// Each shows that the query was written for another language, or was encoded twice. As text it would find nobody.
const SIGNS: readonly Sign[] = [
  {
    pattern: /[“”„‟«»＂]|^[‘’‚‛‹›]/u,
    say: (found) => `${found} is no quote here: write ", and ${ordinary(found)}`,
  },
  {
    pattern: /^(['`´]).*\1$/su,
    say: ([quote = ''] = '') => `${quote} is no quote here: write ", and ${ordinary(quote)}`,
  },
  { pattern: /[：﹕∶︓]/u, say: (found) => `${found} is not the colon : here, and ${ordinary(found)}` },
  {
    pattern: /^(?:[=!<>]=?=?|<>|:=|=~)$|^==?/u,
    say: (found) => `${found} is an operator of another language: write field:value, and ${ordinary('=')}`,
  },
  {
    pattern: /^[&|]$/u,
    say: (found) => `${found} alone is no operator: write ${found === '&' ? 'AND' : 'OR'}`,
  },
  {
    pattern: /%(?:3A|7C|40|20|22)/iu,
    say: (found) => `${found} is percent-encoded twice, or ${ordinary('%')}`,
  },
]

/** Checks only unquoted words, since quotes make such a sign plain text. */
export function refuseSigns(word: Word): void {
  if (word.isQuoted) return
  const text = word.characters.map((character) => (character.isLiteral ? 'x' : character.text)).join('')
  if (trimmed(text) !== text)
    throw new QueryProblem('an invisible character stands at an end of this word: take it away', word.start)
  for (const { pattern, say } of SIGNS) {
    const found = pattern.exec(text)
    if (found !== null) throw new QueryProblem(say(found[0]), word.start + found.index)
  }
}

/** A word without a field, such as `email=x` or `NOT email_verified`, would be searched as a text and find nobody. */
export function refuseHalfClause(word: Word): void {
  if (!isBare(word)) return
  const text = plainText(word)
  const [, name, operator] = /^([^=<>!]*)(!=|<>|[=<>]+)/u.exec(text) ?? []
  if (name !== undefined && operator !== undefined && beginsWithAttribute(name)) {
    const message = `${operator} is no operator here: write ${name}:${/^[<>]=?$/.test(operator) ? operator : ''}value`
    throw new QueryProblem(message, word.start + name.length)
  }
  if (isNameAlone(text)) {
    const message = `${text} is an attribute and has no value: write ${text}:value, or quotes around it if it is a text`
    throw new QueryProblem(message, word.start)
  }
}

// Names of attributes that cannot be a text to search for. `name` or `picture` alone can be one.
function isNameAlone(text: string): boolean {
  return (
    /^(?:app_metadata|user_metadata|identities)\./.test(text) || (KNOWN.has(text) && /_|^blocked$/.test(text))
  )
}

const NOTHINGS: ReadonlySet<string> = new Set(['null', 'NULL', 'Null', 'undefined', 'nil', 'None', 'NaN'])

/** `null` or `!x` would be searched as a text and find nobody. */
export function refuseOddValue(word: Word, field: string): void {
  if (!isBare(word)) return
  const text = plainText(word)
  if (NOTHINGS.has(text))
    throw new QueryProblem(
      `${text} means no value here only as NOT _exists_:${field}; the text is written "${text}"`,
      word.start,
    )
  if (text.startsWith('!'))
    throw new QueryProblem(
      `a ! stands before the field: write NOT ${field}:…, and a plain ! as \\!`,
      word.start,
    )
  if (/^%|[^\d]%$/.test(text))
    throw new QueryProblem('the wildcard is *, and a plain % is written \\%, or inside quotes', word.start)
  if (/^(?:and|or|not)$/.test(text)) throw low(word)
}

export interface Ends {
  readonly first: Word | undefined
  readonly last: Word | undefined
}

const COMPARISON =
  /^(?:eq|ne|co|sw|ew|gt|ge|lt|le|pr|is|in|like|ilike|between|contains|startswith|endswith|equals|matches|exists)$/i
// These are never part of a person's name, so they need no attribute before them.
const SCIM = /^(?:eq|gt|lt)$/i

/** Neighbouring words such as `email eq "x"` would be searched one by one and find too many users. */
export function refuseNeighbours(operands: readonly Ends[]): void {
  for (const [index, { first, last }] of operands.entries()) {
    const before = operands[index - 1]
    const behind = operands[index + 1]
    if (isLowOperator(first, last, before, behind)) throw low(first)
    // A lower-case `not` is meant as an operator, but would be searched as a text: `not blocked:true`. It may also end a side
    // of AND or OR: `smith AND not blocked:true`.
    if (last !== undefined && isNot(last) && behind && !behind.first) throw low(last)
    if (last !== undefined && behind?.first !== undefined)
      refuseComparison(last, behind.first, operands[index + 2])
  }
}

function isLowOperator(
  first: Word | undefined,
  last: Word | undefined,
  before: Ends | undefined,
  behind: Ends | undefined,
): first is Word {
  if (first === undefined || first !== last || !isBare(first) || !/^(?:and|or)$/i.test(plainText(first)))
    return false
  // Between two words it may be plain text: `Black and Decker`. Next to a clause with a field it must be an operator.
  return (
    before !== undefined && behind !== undefined && (!before.last || !behind.first || isNot(behind.first))
  )
}

function isNot(word: Word): boolean {
  return isBare(word) && /^not$/i.test(plainText(word))
}

function low(word: Word): QueryProblem {
  const text = plainText(word)
  const message = `operators are written in capitals: ${text.toUpperCase()}; the word is written "${text}"`
  return new QueryProblem(message, word.start)
}

function refuseComparison(name: Word, operator: Word, next: Ends | undefined): void {
  if (!isBare(name) || !isBare(operator)) return
  const [left, middle] = [plainText(name), plainText(operator)]
  const isValueQuoted = next?.first?.isQuoted === true
  const isClause = beginsWithAttribute(left) && COMPARISON.test(middle)
  if (!isClause && !(SCIM.test(middle) && isValueQuoted)) return
  const value = next?.first === undefined ? '' : plainText(next.first)
  const isMissing = /^is$/i.test(middle) && /^(?:null|not)$/i.test(value)
  const write = !isMissing
    ? `${left}:value`
    : /^null$/i.test(value)
      ? `NOT _exists_:${left}`
      : `_exists_:${left}`
  throw new QueryProblem(`${middle} is an operator of another language: write ${write}`, operator.start)
}
