import pg from 'pg'

/**
 * For COPY, which takes no parameters. No caller's text may get into the text of a statement in another way, since it
 * could change what the statement does.
 */
export function literal(text: string): string {
  return pg.escapeLiteral(text)
}
