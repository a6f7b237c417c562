import type { Json } from './json.ts'
import { endOfString, readMembers } from './read-members.ts'

export interface ReadText {
  readonly value: Json
  /** Everything in it can be stored: it has no `\u`, no unusual number and no deep nesting. */
  readonly isPlain: boolean
  readonly growth: number
}

/**
 * Reads a JSON text as JSON.parse does, except that
 *
 * 1. a number whose digits a JavaScript number would change becomes an ExactNumber,
 * 2. an object that has one name twice is refused,
 * 3. each member's name is taken as written. The V8 of Node 24 does not: once it has seen an object with a member
 * named `a\"`, it takes the name in `{"a\"b": 1}` for that one (nodejs/node issue 63785).
 *
 * Throws a SyntaxError if the text is not JSON. For a repeated name that is a RepeatedName.
 */
export function readJson(text: string): Json {
  return readJsonText(text).value
}

/** For a text whose exact numbers do not matter. Of two members with one name it keeps the last. */
export function glanceAtJson(text: string): Json {
  return JSON.parse(text) as Json
}

export function readJsonText(text: string): ReadText {
  const value = JSON.parse(text) as Json
  if (!isExact(text, value)) {
    const members = countInText(text)
    // If the counts differ, a name is repeated: JSON.parse keeps only one of its members.
    if (members === UNUSUAL || members !== countMembers(value, newSeen()))
      return { isPlain: false, ...readMembers(text) }
  }
  return { value, isPlain: !text.includes(CODED), growth: 0 }
}

// In JSON of valid UTF-8, a character that cannot be stored is always written with this escape.
const CODED = '\\u'

/**
 * Every user of an import passes through here, so the test is cheap. It may say false for a text with which JSON.parse
 * was exact.
 */
function isExact(text: string, value: Json): boolean {
  const seen = newSeen()
  const members = countMembers(value, seen)
  if (seen.isOdd || members !== countColons(text)) return false
  return !hasEscapedName(text) && !(seen.hasLooseNumber && ODD_NUMBER.test(text))
}

interface Seen {
  depth: number
  /** A number that is not a member of an object: an array element, or the whole text. */
  hasLooseNumber: boolean
  isOdd: boolean
}

function newSeen(): Seen {
  return { depth: DEPTH_MAX, hasLooseNumber: false, isOdd: false }
}

const ODD_NUMBER = /(?:^|[,[\s])-?\d+[.eE]/

/**
 * A cheap count of the members: the colons after a quote or a blank. It may count a colon inside a string. The text is
 * then read in the slower, exact way. Returns UNUSUAL if JavaScript would change a number after such a colon.
 */
function countColons(text: string): number {
  let count = 0
  for (let at = text.indexOf(':'); at !== -1; at = text.indexOf(':', at + 1)) {
    const before = text.charCodeAt(at - 1)
    if (before !== QUOTE && before > BLANK) continue
    count++
    let next = at + 1
    while (text.charCodeAt(next) <= BLANK) next++
    const code = text.charCodeAt(next)
    const isNumber = code === MINUS || (code >= ZERO && code <= NINE)
    if (isNumber && endOfNumber(text, next) === UNUSUAL) return UNUSUAL
  }
  return count
}

function hasEscapedName(text: string): boolean {
  for (let at = text.indexOf('\\'); at !== -1; at = text.indexOf('\\', at)) {
    at = endOfString(text, at)
    if (isName(text, at)) return true
  }
  return false
}

const UNUSUAL = -1

// Values nested this deep cannot be stored (json.ts). Recursion up to this depth is safe.
const DEPTH_MAX = 100

const [BLANK, QUOTE, MINUS, COLON] = [0x20, 0x22, 0x2d, 0x3a]
const [ZERO, NINE, POINT] = [0x30, 0x39, 0x2e]
const [BRACKET, BRACKET_END, BRACE, BRACE_END] = [0x5b, 0x5d, 0x7b, 0x7d]
const [LETTER_E, LETTER_E_SMALL] = [0x45, 0x65]

/**
 * Counts the members of all objects. UNUSUAL if JSON.parse may be inexact: for an escape in a name, a number that
 * JavaScript would change, or deep nesting.
 */
function countInText(text: string): number {
  let members = 0
  let depth = 0
  let nextEscape = text.indexOf('\\')
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      const start = at + 1
      at = text.indexOf('"', start) + 1
      if (nextEscape !== -1 && nextEscape < at) {
        at = endOfString(text, start)
        nextEscape = text.indexOf('\\', at)
        if (isName(text, at)) return UNUSUAL
      }
    } else if (code === MINUS || (code >= ZERO && code <= NINE)) {
      const end = endOfNumber(text, at)
      if (end === UNUSUAL) return UNUSUAL
      at = end
    } else {
      at++
      if (code === COLON) members++
      else if (code === BRACE || code === BRACKET) {
        if (++depth > DEPTH_MAX) return UNUSUAL
      } else if (code === BRACE_END || code === BRACKET_END) depth--
    }
  }
  return members
}

// A double holds any number of 15 digits exactly.
const SAFE_LENGTH = 15

/** The index after the number. UNUSUAL if JavaScript would write the number differently. */
function endOfNumber(text: string, start: number): number {
  const isNegative = text.charCodeAt(start) === MINUS
  const first = isNegative ? start + 1 : start
  let point = 0
  let at = first
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code >= ZERO && code <= NINE) continue
    if (code === LETTER_E || code === LETTER_E_SMALL) return UNUSUAL
    if (code !== POINT) break
    point = at
  }
  if (at - first <= SAFE_LENGTH) {
    // JavaScript drops zeros at the end and the sign of zero, and writes very small numbers with an exponent.
    if (point === 0 && !isNegative) return at
    const isZeroFirst = text.charCodeAt(first) === ZERO
    if (point === 0) return isZeroFirst ? UNUSUAL : at
    const isSmall = isZeroFirst && text.charCodeAt(point + 1) === ZERO
    if (!isSmall && text.charCodeAt(at - 1) !== ZERO) return at
  }
  const literal = text.slice(start, at)
  return String(Number(literal)) === literal ? at : UNUSUAL
}

const COLON_NEXT = /\s*:/y

function isName(text: string, end: number): boolean {
  COLON_NEXT.lastIndex = end
  return COLON_NEXT.test(text)
}

function countMembers(value: Json, seen: Seen): number {
  if (typeof value === 'number') seeLooseNumber(value, seen)
  if (typeof value !== 'object' || value === null) return 0
  if (seen.depth === 0) {
    seen.isOdd = true
    return 0
  }
  seen.depth--
  let members = 0
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) members += countMembers(item, seen)
  } else {
    const object = value as Readonly<Record<string, Json>>
    for (const name in object) {
      const member = object[name] as Json
      members += typeof member === 'object' ? 1 + countMembers(member, seen) : 1
    }
  }
  seen.depth++
  return members
}

function seeLooseNumber(value: number, seen: Seen): void {
  seen.hasLooseNumber = true
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) seen.isOdd = true
}
