/** What a query asks, before it is written as text; a field is the names on the way to it. */
export type Question =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Question[] }
  | { readonly kind: 'not'; readonly of: Question }
  | { readonly kind: 'exists'; readonly field: readonly string[] }
  | { readonly kind: 'is'; readonly field: readonly string[]; readonly value: string }
  | { readonly kind: 'like'; readonly field: readonly string[]; readonly pattern: readonly GlobPiece[] }
  | {
      readonly kind: 'between'
      readonly field: readonly string[]
      readonly low: End | undefined
      readonly high: End | undefined
    }
  // Without a field.
  | { readonly kind: 'bare'; readonly value: string }
  | { readonly kind: 'bare like'; readonly pattern: readonly GlobPiece[] }

/** A literal text, `{one}` for any one character, `{many}` for however many. */
export type GlobPiece = string | { readonly any: 'one' | 'many' }

export interface End {
  readonly value: string
  readonly isInclusive: boolean
}

/** The question in the language of docs/filter.md. `choose` says which of two spellings is taken. */
export function writeQuestion(question: Question, choose: () => boolean): string {
  const all = (of: readonly Question[]): string[] => of.map((part) => writePart(part, choose))
  switch (question.kind) {
    case 'and':
      return all(question.of).join(choose() ? ' AND ' : ' && ')
    case 'or':
      return all(question.of).join(choose() ? ' OR ' : ' || ')
    case 'not':
      return `${choose() ? 'NOT ' : '-'}${writePart(question.of, choose)}`
    case 'exists':
      return `_exists_:${writeName(question.field)}`
    case 'is':
      return `${writeName(question.field)}:${writeValue(question.value, choose)}`
    case 'like':
      return `${writeName(question.field)}:${writePattern(question.pattern)}`
    case 'between':
      return `${writeName(question.field)}:${writeRange(question, choose)}`
    case 'bare':
      return writeValue(question.value, choose)
    case 'bare like':
      return writePattern(question.pattern)
    default:
      return question satisfies never
  }
}

function writePart(part: Question, choose: () => boolean): string {
  const text = writeQuestion(part, choose)
  const isOperator = part.kind === 'and' || part.kind === 'or' || part.kind === 'not'
  return isOperator || choose() ? `(${text})` : text
}

function writeName(field: readonly string[]): string {
  return field.map((name) => escaped(name).replaceAll('.', '\\.')).join('.')
}

function writeValue(value: string, choose: () => boolean): string {
  return value === '' || choose() ? `"${value.replace(/["\\]/g, '\\$&')}"` : escaped(value)
}

function writePattern(pattern: readonly GlobPiece[]): string {
  return pattern
    .map((piece) => (typeof piece === 'string' ? escaped(piece) : piece.any === 'one' ? '?' : '*'))
    .join('')
}

function writeRange(
  { low, high }: { low: End | undefined; high: End | undefined },
  choose: () => boolean,
): string {
  if (low === undefined && high !== undefined && choose())
    return `<${high.isInclusive ? '=' : ''}${writeValue(high.value, choose)}`
  if (high === undefined && low !== undefined && choose())
    return `>${low.isInclusive ? '=' : ''}${writeValue(low.value, choose)}`
  const open = low?.isInclusive === false ? '{' : '['
  const close = high?.isInclusive === false ? '}' : ']'
  const end = (bound: End | undefined): string =>
    bound === undefined ? '*' : writeValue(bound.value, choose)
  return `${open}${end(low)} TO ${end(high)}${close}`
}

// Every character that is neither a letter nor a digit; an operator's name begins with a letter, and that too.
function escaped(text: string): string {
  return text.replace(/[^\p{L}\p{N}.]|^./gu, '\\$&')
}
