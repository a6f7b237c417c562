export interface TextColumn {
  readonly sql: string
  readonly prepare: (text: string) => string
  readonly fold: (placeholder: string) => string
  /** `bytes` uses the operators of text_pattern_ops, which order by bytes with every collation. */
  readonly order: 'collation' | 'bytes'
  /** How many characters the index holds. A B-tree index cannot hold a text of more than about 2,700 bytes. */
  readonly indexedLength?: number
  /** A column with the text in lower case. Null for users whose `sql` is always stored in lower case. */
  readonly lowered?: string
}

const same = <T>(value: T): T => value
export const exact: TextColumn = { sql: '', prepare: same, fold: same, order: 'bytes' }
export const bytes: TextColumn = { ...exact, order: 'collation' }
// JavaScript makes these texts lower case before they are stored (users/lower-case.ts), so the index is on the plain column.
export const stored: TextColumn = { ...bytes, prepare: (text) => text.toLowerCase() }
// SQL's lower() on both sides: it depends on the database's locale, so JavaScript could give another result.
export const folded: TextColumn = { ...exact, fold: (placeholder) => `lower(${placeholder}::text)` }
