import { meaningAmong } from '../domain/near-name.ts'
import { ATTRIBUTE_NAMES, isAttribute } from '../domain/profile.ts'
import { QueryProblem } from './query-problem.ts'
import type { Word } from './read-word.ts'

const EXISTS = '_exists_'
const MISSING = '_missing_'

const meaning = meaningAmong([...ATTRIBUTE_NAMES, EXISTS, MISSING])
const inIdentity = meaningAmong(['connection', 'user_id', 'provider', 'isSocial', 'profileData'])

/**
 * Refuses a field's name that is near to one that Auth0 knows, or that an older search engine of Auth0 knew. It would
 * be read as a root attribute that no user has, and find nobody. `rest` is the query after the colon.
 */
export function refuseNearName(word: Word, names: readonly string[], rest: string): void {
  const [root = '', ...steps] = names
  if (word.characters[0]?.isLiteral === true) return
  if (root === 'identities') refuseInIdentity(word, steps)
  if (isAttribute(root) || root === EXISTS) return
  const behind = steps.map((step) => `.${step}`).join('')
  const meant = root === MISSING ? { name: MISSING } : meaning(root)
  if (meant?.name === MISSING) throw missing(word, rest)
  if (meant !== undefined) throw near(word, `${root}${behind}`, `${meant.name}${behind}`)
  if (root === 'metadata')
    throw near(word, `metadata${behind}`, `user_metadata${behind} or app_metadata${behind}`)
  if (/^(?:users?|profile)$/.test(root) && isAttribute(steps[0] ?? ''))
    throw near(word, `${root}${behind}`, steps.join('.'))
  if (/^(?:https?|urn|custom)$/.test(root) && steps.length === 0) throw claim(word, root)
  if (word.characters.some(({ text, isLiteral }) => text === '=' && !isLiteral))
    throw new QueryProblem("a field's name holds no =: a plain = is written \\=", word.start)
}

function near(word: Word, name: string, meant: string): QueryProblem {
  const message = `${name} is no attribute: ${meant} was probably meant. If users have one of that name, write \\${name}`
  return new QueryProblem(message, word.start)
}

function missing(word: Word, rest: string): QueryProblem {
  const [field = 'field'] = /^[^\s()":]+/.exec(rest.trimStart().replace(/^"/, '')) ?? []
  return new QueryProblem(`_missing_ is of an older search engine: write NOT _exists_:${field}`, word.start)
}

function claim(word: Word, root: string): QueryProblem {
  const message = `a colon in a field's name is written \\:, as in ${root}\\:…, and a text with a colon stands in quotes`
  return new QueryProblem(message, word.end)
}

function refuseInIdentity(word: Word, [member]: readonly string[]): void {
  if (member === undefined) return
  if (/^\d+$/.test(member))
    throw new QueryProblem('positions in arrays are left out: write identities.connection', word.start)
  const meant = inIdentity(member)
  if (meant !== undefined) throw near(word, `identities.${member}`, `identities.${meant.name}`)
}
