import { JOINED, VOCABULARY } from './secret-words.ts'

// Only the end of a longer name is read, because the last words say what it names.
const NAME_LENGTH_MAX = 128

/**
 * Ways to cut a name into words: at capitals, at characters that are not letters, and by the vocabulary alone. The most
 * probable comes first, since the caller takes the first that names a secret.
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

const CAPITALS = /[a-z\d](?=[A-Z])|[A-Z](?=[A-Z][a-z])/g

function wordsOf(name: string): readonly string[] {
  return name.match(/\p{L}+/gu) ?? []
}

// Accents, wide letters and invisible characters must not hide a name. `argon2id` must not give the word `id`.
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

// Other words of two letters occur inside too many names.
const SHORT = new Set(['id', 'iv', 'nt'])

/**
 * `encryptedpassword` and `vendorpassword` have no gap, but end with a word for a secret. A word that cannot be cut
 * stays whole.
 */
function cutWord(word: string): readonly string[] {
  const cuts = cutsOf(word)
  if (cuts[0] !== undefined) return cuts[0]
  const at = cuts.findIndex((cut, start) => cut !== undefined && isClear(cut, word.length - start))
  return at === -1 ? [word] : [word.slice(0, at), ...(cuts[at] ?? [])]
}

const CLEAR = /^(?:passwd|secret|token)s?$/
const CLEAR_LENGTH_MIN = 7

// Endings that are long or typical enough, so that no ordinary word ends with them.
function isClear([first = '']: readonly string[], length: number): boolean {
  return length >= CLEAR_LENGTH_MIN || CLEAR.test(first)
}

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
