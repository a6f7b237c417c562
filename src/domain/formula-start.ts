/**
 * A spreadsheet could run texts that begin like this as formulas (OWASP's page "CSV Injection"). An export puts one
 * apostrophe in front: `=x` becomes `'=x`, and `'=x` becomes `''=x`. Texts that have apostrophes already get one too,
 * so that an import can remove exactly that one. The expression means the same in PostgreSQL and in JavaScript.
 */
export const FORMULA_START = String.raw`^'*[=+\-@\t\r\n＝＋－＠]`

// Spreadsheets skip blanks before a formula. A reader that does not understand quotes may skip quotes too.
const SKIPPED = `[ \u00a0\u3000"]*`
const STARTS = String.raw`[=+\-@＝＋－＠]`

export const FORMULA_BEHIND = `'*${SKIPPED}${STARTS}`

/**
 * A reader that expects another delimiter, or does not know quotes, sees a new cell after one of these. If a formula
 * follows, an export puts an apostrophe before it: `x;=1` becomes `x;'=1`, and `x;'=1` becomes `x;''=1`.
 */
export const SEPARATOR = String.raw`[,;\t\r\n]`

const INSIDE = new RegExp(`(${SEPARATOR})(?=${FORMULA_BEHIND})`, 'g')
const GUARDED_INSIDE = new RegExp(`(${SEPARATOR})'(?=${FORMULA_BEHIND})`, 'g')

export function guardedInside(text: string): string {
  return text.replace(INSIDE, "$1'")
}

export function unguardedInside(text: string): string {
  return text.includes("'") ? text.replace(GUARDED_INSIDE, '$1') : text
}
