import { remembered } from '../domain/near-name.ts'
import { wordings } from './name-words.ts'
import { isSecretText } from './secret-texts.ts'
import {
  CONTAINER,
  FACTOR,
  FIRST_FLAG,
  FLAG,
  GENERIC,
  HARMLESS,
  PASSWORD,
  QUESTION_CONTAINER,
  SALT,
  SECRET,
  SECRET_AMONG,
  SECRET_BEHIND,
  SUFFIX,
  TOKEN,
  TOKEN_BEFORE,
  VERB,
  VOCABULARY,
  WHOLE,
} from './secret-words.ts'

export type NameKind =
  | 'plain'
  /** Texts and numbers inside the value are secrets too. */
  | 'secret'
  | 'secrets'
  | 'salt'
  | 'perhaps'
  | 'container'
  | 'factor'
  | 'generic'
  | 'harmless'
  /** The name itself has the shape of a secret, so it must not be shown. */
  | 'shaped'

/** Remembers the kinds of names, since most users of an import have the same names. */
export interface SecretNames {
  of(name: string): NameKind
  /** True if neither the value nor anything inside it is a secret because of this name. */
  isQuiet(name: string): boolean
}

// Most files have fewer names. A file with other names in every user must not fill the memory.
const NAMES_MAX = 5_000

export function newSecretNames(): SecretNames {
  const of = remembered(kindOfName, NAMES_MAX)
  // A second map, because `isQuiet` is called for every member of every user and must be fast.
  const quiet = new Map<string, boolean>()
  return {
    of,
    isQuiet: (name) => {
      const before = quiet.get(name)
      if (before !== undefined) return before
      const kind = of(name)
      const isQuiet = kind === 'plain' || kind === 'harmless'
      if (quiet.size < NAMES_MAX) quiet.set(name, isQuiet)
      return isQuiet
    },
  }
}

/** `encrypted_password`, `PasswordHash` and `RECOVERY-TOKEN` are secrets, `token_type` is none. */
function kindOfName(name: string): NameKind {
  if (isSecretText(name)) return 'shaped'
  for (const words of wordings(name)) {
    const kind = kindOfWords(words)
    if (kind !== 'plain') return kind
  }
  return 'plain'
}

// In English the last word says what a thing is: a `password_reset_count` is a count.
function kindOfWords(words: readonly string[]): NameKind {
  const [first = ''] = words
  if (WHOLE.has(words.join(''))) return 'secret'
  if (words.length === 1 && GENERIC.has(first)) return 'generic'
  let end = words.length
  while (end > 0 && SUFFIX.has(words[end - 1] ?? '')) end--
  if (end === 0) return 'plain'
  const head = words[end - 1] ?? ''
  const before = words.slice(0, end - 1)
  const isFlag = before.some((word) => FLAG.has(word)) || (before.length > 0 && FIRST_FLAG.has(first))
  if (isFlag || HARMLESS.has(head)) return 'harmless'
  const kind = kindOfHead(head, before)
  const isInside = (kind === 'container' || kind === 'factor') && GENERIC.has(words[end] ?? '')
  return isInside ? 'secret' : kind
}

function kindOfHead(head: string, before: readonly string[]): NameKind {
  const isBehind = (qualifiers: ReadonlySet<string> | undefined): boolean =>
    before.some((word) => qualifiers?.has(word) === true)
  if (PASSWORD.has(head)) return VERB.has(before.at(-1) ?? '') ? 'perhaps' : numbered(head)
  if (SECRET.has(head) || (head === 'hash' && before.length === 0)) return numbered(head)
  if (TOKEN.has(head)) return before.length === 0 || isBehind(TOKEN_BEFORE) ? numbered(head) : 'perhaps'
  if (FACTOR.has(head)) return 'factor'
  if (CONTAINER.has(head) || isBehind(QUESTION_CONTAINER.get(head))) return 'container'
  const among = SECRET_AMONG.get(head)
  if (SALT.has(head)) return before.every((word) => VOCABULARY.has(word)) ? 'salt' : 'plain'
  if (among !== undefined && before.every((word) => among.has(word))) return 'secret'
  const isOfSecret = isBehind(PASSWORD) || isBehind(CONTAINER) || isBehind(FACTOR)
  const qualifiers = SECRET_BEHIND.get(head)
  if (qualifiers === undefined || before.includes('public')) return 'plain'
  return isOfSecret || isBehind(qualifiers) ? numbered(head) : 'plain'
}

function numbered(head: string): NameKind {
  return head.endsWith('s') ? 'secrets' : 'secret'
}
