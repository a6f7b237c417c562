import { isClaimName } from '../domain/field-path.ts'
import type { AttributeOf, InsideField, TextField } from '../domain/filter.ts'
import { ATTRIBUTES, isAttribute } from '../domain/profile.ts'
import { refuseNearName } from './field-name.ts'
import { QueryProblem } from './query-problem.ts'
import { isSpecial, type Word } from './read-word.ts'

export type SearchField =
  | { readonly kind: 'text'; readonly field: TextField }
  | { readonly kind: 'boolean'; readonly field: AttributeOf<'boolean'> }
  | { readonly kind: 'integer'; readonly field: AttributeOf<'integer'> }
  | { readonly kind: 'moment'; readonly field: AttributeOf<'moment'> }
  | { readonly kind: 'inside'; readonly field: InsideField }
  | { readonly kind: 'exists' }

const EXISTS = '_exists_'

export function searchField(word: Word, rest = ''): SearchField {
  const names = namesOf(word)
  refuseNearName(word, names, rest)
  const [root = '', ...steps] = names
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

/** Without the escapes that a query may need, since people read it. */
export function fieldText({ field }: Exclude<SearchField, { kind: 'exists' }>): string {
  if (typeof field === 'string') return field
  return [...(field.root === 'extra' ? [] : [field.root]), ...field.steps].join('.')
}

function namesOf(word: Word): string[] {
  const names = ['']
  for (const character of word.characters) {
    if (isSpecial(character, '*?')) throw new QueryProblem("a field's name holds no wildcard", word.start)
    if (isSpecial(character, '.')) names.push('')
    else names.push(names.pop() + character.text)
  }
  if (names.includes(''))
    throw new QueryProblem("expected a field's name, such as app_metadata.plan", word.start)
  return isWholeClaim(word, names) ? [names.join('.')] : names
}

// `https\://example.com/dept` is one name, although it has dots. If the caller escaped any dot, the unescaped ones are
// meant to separate.
function isWholeClaim(word: Word, names: readonly string[]): boolean {
  return (
    isClaimName(names.join('.')) && !word.characters.some(({ text, isLiteral }) => text === '.' && isLiteral)
  )
}
