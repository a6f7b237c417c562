import pg from 'pg'

/**
 * A text as an SQL literal, for the one statement that takes no parameters: COPY. What a caller sent comes
 * into SQL through here and in no other way.
 */
export function literal(text: string): string {
  return pg.escapeLiteral(text)
}
