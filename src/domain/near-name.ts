export interface Meant {
  readonly name: string
  readonly isSame: boolean
}

export type Meaning = (name: string) => Meant | undefined

const BLANK = String.raw`[\s\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]`
const BLANKS = new RegExp(`${BLANK}+`, 'gu')
const OUTER_BLANKS = new RegExp(`^${BLANK}+|${BLANK}+$`, 'gu')
const SEPARATORS = /[^\p{L}\p{N}]+/gu
const PLAIN = /^[a-z\d_]+$/
const DIGIT = /\d/

// A users file can hold a million long names. Real names of attributes are short, so long ones are not compared.
const NAME_LENGTH_MAX = 200

// A real attribute of other systems, which would be taken for a misspelt `blocked`.
const OWN_WORDS: ReadonlySet<string> = new Set(['locked'])

const SHOWN_LENGTH_MAX = 60

/** Zero-width characters and a byte order mark count as blanks too, since nobody sees them. */
export function trimmed(text: string): string {
  return text.replace(OUTER_BLANKS, '')
}

/**
 * For a message: at most 60 characters, with an escape for each invisible one, because the reader must see why the name
 * is wrong.
 */
export function visible(name: string): string {
  const shown =
    name.length > SHOWN_LENGTH_MAX
      ? `${[...name.slice(0, 2 * SHOWN_LENGTH_MAX)].slice(0, SHOWN_LENGTH_MAX).join('')}…`
      : name
  return JSON.stringify(shown).replace(BLANKS, (blanks) =>
    [...blanks].map((blank) => (blank === ' ' ? blank : codeOf(blank))).join(''),
  )
}

function codeOf(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
}

export function meaningAmong(known: readonly string[]): Meaning {
  const names = new Set(known)
  const same = new Map(known.map((name) => [bare(name), name]))
  const squashed = new Map(known.map((name) => [squash(name), name]))
  const all = known.map((name) => ({ name, squashed: squash(name) }))
  return (name) => {
    if (names.has(name) || name.length > NAME_LENGTH_MAX) return undefined
    const sameName = same.get(bare(name))
    if (sameName !== undefined) return { name: sameName, isSame: true }
    const letters = squash(name)
    const near =
      squashed.get(letters) ??
      (OWN_WORDS.has(letters) ? undefined : all.find((one) => isOneSlip(letters, one.squashed))?.name)
    return near === undefined ? undefined : { name: near, isSame: false }
  }
}

/**
 * Remembers only the first names: a users file repeats the same few names millions of times, but a bad one may have
 * millions of names.
 */
export function remembered<Found>(find: (name: string) => Found, namesMax = 1000): (name: string) => Found {
  const found = new Map<string, Found>()
  return (name) => {
    const before = found.get(name)
    if (before !== undefined) return before
    const now = find(name)
    if (found.size < namesMax && name.length <= NAME_LENGTH_MAX) found.set(name, now)
    return now
  }
}

function bare(name: string): string {
  return PLAIN.test(name) ? name : name.normalize('NFKC').replace(BLANKS, '').toLowerCase()
}

function squash(name: string): string {
  return bare(name).replace(SEPARATORS, '')
}

// Too many words of this length or less are one letter apart: name, game, fame, same.
const LENGTH_OF_WORDS = 4

function isOneSlip(written: string, known: string): boolean {
  const more = written.length - known.length
  if (more < -1 || more > 1) return false
  let at = 0
  while (at < known.length && written[at] === known[at]) at++
  // A digit is no typing error: `email2` is a second address.
  if (more >= 0 && DIGIT.test(written[at] ?? '')) return false
  if (more === 1) return written.slice(at + 1) === known.slice(at)
  const isShort = known.length <= LENGTH_OF_WORDS
  if (more === -1) return !isShort && written.slice(at) === known.slice(at + 1)
  const isSwapped = written[at] === known[at + 1] && written[at + 1] === known[at]
  if (isSwapped && written.slice(at + 2) === known.slice(at + 2)) return true
  return !(isShort && at === 0) && written.slice(at + 1) === known.slice(at + 1)
}
