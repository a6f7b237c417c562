import type { Pattern } from '../domain/filter.ts'

/** The pattern with its literal texts changed. */
export function mapPattern(pattern: Pattern, change: (text: string) => string): Pattern {
  return pattern.map((piece) => (typeof piece === 'string' ? piece : { text: change(piece.text) }))
}

/** What every text that matches begins with. */
export function prefixOf(pattern: Pattern): string {
  const [first] = pattern
  return typeof first === 'object' ? first.text : ''
}

/** The pattern as LIKE reads it, with its usual escape, which is a backslash. */
export function likePattern(pattern: Pattern): string {
  return pattern.map((piece) => (typeof piece === 'string' ? LIKE[piece] : escaped(piece.text))).join('')
}

const LIKE = { one: '_', many: '%' }

function escaped(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}
