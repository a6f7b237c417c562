import type { Pattern } from '../domain/filter.ts'

export function mapPattern(pattern: Pattern, change: (text: string) => string): Pattern {
  return pattern.map((piece) => (typeof piece === 'string' ? piece : { text: change(piece.text) }))
}

export function prefixOf(pattern: Pattern): string {
  const [first] = pattern
  return typeof first === 'object' ? first.text : ''
}

export function likePattern(pattern: Pattern): string {
  return pattern.map((piece) => (typeof piece === 'string' ? LIKE[piece] : escaped(piece.text))).join('')
}

const LIKE = { one: '_', many: '%' }

function escaped(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}
