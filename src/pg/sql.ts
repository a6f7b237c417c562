import pg from 'pg'

/**
 * For COPY, which takes no parameters. A caller's text without these quotes must not be part of a statement, since it
 * could change what the statement does.
 */
export function literal(text: string): string {
  return pg.escapeLiteral(text)
}

/** The name of a table, column or schema that another product chose. */
export function identifier(name: string): string {
  return pg.escapeIdentifier(name)
}
