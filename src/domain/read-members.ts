import { numberOf } from './exact-number.ts'
import { type Json, setMember } from './json.ts'

/** Muster cannot know which of the two values of a name is meant, so it refuses the text. */
export class RepeatedName extends SyntaxError {
  readonly code = 'json_name_repeated'
  readonly repeated: string
  readonly place: string
  readonly #name: string

  constructor(name: string, place: string) {
    super('A name stands twice in one object')
    this.repeated = JSON.stringify(shortened(name))
    this.place = shortened(place)
    this.#name = name
  }

  /** For a text that was the value of the member `root`: the path must begin there. */
  within(root: string): RepeatedName {
    return new RepeatedName(this.#name, this.place === '' ? root : `${root}.${this.place}`)
  }
}

// A name may be as long as the whole text, so it is shortened for the people who read the error.
const SHOWN_LENGTH_MAX = 100

function shortened(name: string): string {
  return name.length > SHOWN_LENGTH_MAX ? `${name.slice(0, SHOWN_LENGTH_MAX)}…` : name
}

interface Open {
  readonly array: Json[] | undefined
  readonly object: Record<string, Json>
  name: string
}

const [QUOTE, COMMA, BACKSLASH] = [0x22, 0x2c, 0x5c]
const [BRACKET, BRACKET_END, BRACE, BRACE_END] = [0x5b, 0x5d, 0x7b, 0x7d]

/**
 * For a valid JSON text with which JSON.parse is not exact. It does not recurse, since the text may be nested as deep
 * as it is long. Throws a RepeatedName.
 */
export function readMembers(text: string): { readonly value: Json; readonly growth: number } {
  // The outermost level is an array whose only item is the whole text, so that each value has a place to go to.
  const outside: Json[] = []
  const open: Open[] = [newOpen(outside)]
  let last = newOpen(outside)
  let growth = 0
  let isNameNext = false
  for (let at = 0; at < text.length; ) {
    const start = at
    const code = text.charCodeAt(at++)
    if (code === QUOTE) {
      at = endOfString(text, at)
      const string = unescaped(text, start, at)
      if (isNameNext) beginMember(string, last, open)
      else put(string, last)
      isNameNext = false
    } else if (code === COMMA) {
      isNameNext = last.array === undefined
    } else if (code === BRACE || code === BRACKET) {
      const inner = newOpen(code === BRACE ? undefined : [])
      put(inner.array ?? inner.object, last)
      open.push(inner)
      last = inner
      isNameNext = code === BRACE
    } else if (code === BRACE_END || code === BRACKET_END) {
      open.pop()
      last = open.at(-1) ?? last
    } else if (isOfWord(code)) {
      while (isOfWord(text.charCodeAt(at))) at++
      const word = text.slice(start, at)
      const item = wordOf(word)
      growth += String(item).length - word.length
      put(item, last)
    }
  }
  return { value: outside[0] ?? null, growth: Math.max(0, growth) }
}

function newOpen(array: Json[] | undefined): Open {
  return { array, object: {}, name: '' }
}

function put(item: Json, { array, object, name }: Open): void {
  if (array !== undefined) array.push(item)
  else setMember(object, name, item)
}

function beginMember(name: string, last: Open, open: readonly Open[]): void {
  if (Object.hasOwn(last.object, name)) throw new RepeatedName(name, placeOf(open))
  last.name = name
}

function placeOf(open: readonly Open[]): string {
  const steps = open
    .slice(1, -1)
    .map(({ array, name }) => (array === undefined ? `.${quotable(name)}` : `[${array.length - 1}]`))
  return steps.join('').replace(/^\./, '')
}

// The error is stored, so characters that PostgreSQL cannot hold become escapes.
function quotable(name: string): string {
  return JSON.stringify(name).slice(1, -1)
}

function unescaped(text: string, start: number, end: number): string {
  const inside = text.slice(start + 1, end - 1)
  return inside.includes('\\') ? (JSON.parse(text.slice(start, end)) as string) : inside
}

// Letters, digits, signs and the point: `true`, `null`, a number. The text is valid JSON, so nothing else begins like
// this.
function isOfWord(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x7a) || ODD_SIGNS.has(code)
}

const ODD_SIGNS = new Set([...'+-.E'].map((sign) => sign.charCodeAt(0)))

function wordOf(word: string): Json {
  if (word === 'null') return null
  return word === 'true' || word === 'false' ? word === 'true' : numberOf(word)
}

export function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start); ; quote = text.indexOf('"', quote + 1)) {
    let at = quote
    while (at > start && text.charCodeAt(at - 1) === BACKSLASH) at--
    // A quote after an odd number of backslashes is part of the string.
    if ((quote - at) % 2 === 0) return quote + 1
  }
}
