import type { AttributeOf, InsideField, TextField } from '../domain/filter.ts'
import { ATTRIBUTES, isAttribute } from '../domain/profile.ts'
import { QueryProblem } from './query-problem.ts'
import { isSpecial, type Word } from './read-word.ts'

/** What stands before the colon, and of which kind its values are. */
export type SearchField =
  | { readonly kind: 'text'; readonly field: TextField }
  | { readonly kind: 'boolean'; readonly field: AttributeOf<'boolean'> }
  | { readonly kind: 'integer'; readonly field: AttributeOf<'integer'> }
  | { readonly kind: 'moment'; readonly field: AttributeOf<'moment'> }
  | { readonly kind: 'inside'; readonly field: InsideField }
  /** Its values are fields. */
  | { readonly kind: 'exists' }

const EXISTS = '_exists_'

/** Reads a field's name; one that Muster does not know is a root attribute that an identity provider gave. */
export function searchField(word: Word): SearchField {
  const [root = '', ...steps] = namesOf(word)
  if (root === EXISTS && steps.length === 0) return { kind: 'exists' }
  if (root === 'email' && steps.length === 1 && steps[0] === 'domain')
    return { kind: 'text', field: 'email.domain' }
  if (!isAttribute(root)) return { kind: 'inside', field: { root: 'extra', steps: [root, ...steps] } }
  const { kind } = ATTRIBUTES[root]
  if (kind === 'object' || kind === 'array')
    return { kind: 'inside', field: { root: root as InsideField['root'], steps } }
  if (steps.length > 0) throw new QueryProblem(`${root} has no fields inside it`, word.start)
  return { kind, field: root } as SearchField
}

// Between unescaped dots.
function namesOf(word: Word): string[] {
  const names = ['']
  for (const character of word.characters) {
    if (isSpecial(character, '*?')) throw new QueryProblem("a field's name holds no wildcard", word.start)
    if (isSpecial(character, '.')) names.push('')
    else names.push(names.pop() + character.text)
  }
  if (names.includes(''))
    throw new QueryProblem("expected a field's name, such as app_metadata.plan", word.start)
  return names
}
