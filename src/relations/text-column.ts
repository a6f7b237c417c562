/** How the texts of a column are compared. */
export interface TextColumn {
  readonly sql: string
  /** How a text of the query is brought to the column's letters: in JavaScript as it was when stored, or in SQL. */
  readonly prepare: (text: string) => string
  readonly fold: (placeholder: string) => string
  /** `bytes` orders by bytes whatever the column's collation is: the operators of text_pattern_ops. */
  readonly order: 'collation' | 'bytes'
  /** How many characters of the text the index holds, where the text may be too long for one. */
  readonly indexedLength?: number
  /** A column that holds the text in lower case for those users alone who may have it in other letters. */
  readonly lowered?: string
}

const same = <T>(value: T): T => value
export const exact: TextColumn = { sql: '', prepare: same, fold: same, order: 'bytes' }
export const bytes: TextColumn = { ...exact, order: 'collation' }
// Lower-cased by JavaScript before they are stored (src/users/lower-case.ts), so that no column has to be.
export const stored: TextColumn = { ...bytes, prepare: (text) => text.toLowerCase() }
// Lower-cased on both sides by the same function, whichever letters the database's locale knows.
export const folded: TextColumn = { ...exact, fold: (placeholder) => `lower(${placeholder}::text)` }
