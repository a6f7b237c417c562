import pg from 'pg'

/**
 * A text as an SQL literal, for COPY, which takes no parameters. It is the only way for a caller's text into the text of
 * a statement.
 */
export function literal(text: string): string {
  return pg.escapeLiteral(text)
}
