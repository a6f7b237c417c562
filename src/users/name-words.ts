import { JOINED, VOCABULARY } from './secret-words.ts'

// A name is looked at from its end, which says what it names.
const NAME_LENGTH_MAX = 128

/**
 * The ways to cut a name into words, the likeliest first: at capitals, at all that is no letter, and nowhere but where
 * its words end. A way that shows nothing new is left out.
 */
export function* wordings(given: string): Generator<readonly string[]> {
  const name = plain(given.slice(-NAME_LENGTH_MAX))
  const lower = name.toLowerCase()
  const atGaps = wordsOf(lower)
  if (lower !== name) yield known(wordsOf(name.replace(CAPITALS, '$& ').toLowerCase()))
  yield known(atGaps)
  if (atGaps.length === 1) return
  const whole = atGaps.join('')
  const cut = cutsOf(whole)[0]
  if (cut !== undefined) yield joined(cut)
}

// Between a small letter and a capital, and before the last capital of several that a small letter follows.
const CAPITALS = /[a-z\d](?=[A-Z])|[A-Z](?=[A-Z][a-z])/g

function wordsOf(name: string): readonly string[] {
  return name.match(/\p{L}+/gu) ?? []
}

// Accents, wide letters and invisible characters are ways to write the same name; `argon2id` is no id.
function plain(name: string): string {
  const known = name.includes('rgon2') ? name.replace(/(rgon)2(?:id|i|d)(?![a-z])/, '$1') : name
  return IS_ASCII.test(known) ? known : known.normalize('NFKD').replaceAll(/[\p{M}\p{Cf}]/gu, '')
}

const IS_ASCII = /^[\0-\x7f]*$/

function known(words: readonly string[]): readonly string[] {
  return joined(words.flatMap((word) => (VOCABULARY.has(word) ? [word] : cutWord(word))))
}

function joined(words: readonly string[]): readonly string[] {
  const result: string[] = []
  for (const word of words) {
    const pair = JOINED.get(`${result.at(-1)} ${word}`)
    if (pair === undefined) result.push(word)
    else result[result.length - 1] = pair
  }
  return result
}

const WORD_LENGTH_MIN = 3
const WORD_LENGTH_MAX = 16

// Other words so short are found in too many names.
const SHORT = new Set(['id', 'iv', 'nt'])

/** `encryptedpassword` as two words, and `vendorpassword` too; a word that cannot be cut as it is. */
function cutWord(word: string): readonly string[] {
  const cuts = cutsOf(word)
  if (cuts[0] !== undefined) return cuts[0]
  const at = cuts.findIndex((cut, start) => cut !== undefined && isClear(cut, word.length - start))
  return at === -1 ? [word] : [word.slice(0, at), ...(cuts[at] ?? [])]
}

const CLEAR = /^(?:passwd|secret|token)s?$/
const CLEAR_LENGTH_MIN = 7

// No other words end so.
function isClear([first = '']: readonly string[], length: number): boolean {
  return length >= CLEAR_LENGTH_MIN || CLEAR.test(first)
}

/** Of each end of a word, how it is cut into words of the tables, if all of it can be. */
function cutsOf(word: string): readonly (readonly string[] | undefined)[] {
  const cuts: (readonly string[] | undefined)[] = Array.from({ length: word.length + 1 })
  cuts[word.length] = []
  for (let start = word.length - 1; start >= 0; start--) cuts[start] = longestFirst(word, start, cuts)
  return cuts
}

function longestFirst(
  word: string,
  start: number,
  cuts: readonly (readonly string[] | undefined)[],
): readonly string[] | undefined {
  const longest = Math.min(word.length, start + WORD_LENGTH_MAX)
  for (let end = longest; end > start + 1; end--) {
    const rest = cuts[end]
    if (rest === undefined) continue
    const candidate = word.slice(start, end)
    const isLong = candidate.length >= WORD_LENGTH_MIN || SHORT.has(candidate)
    if (isLong && VOCABULARY.has(candidate)) return [candidate, ...rest]
  }
  return undefined
}
