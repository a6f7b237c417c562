/**
 * Texts that a spreadsheet could run: what OWASP's "CSV Injection" page lists at the start of a cell, line feed and
 * full-width forms included, behind any number of apostrophes. With these, a guard can be told from a text's
 * own: `=x` is written `'=x`, and `'=x` is written `''=x`. PostgreSQL reads the expression as JavaScript does.
 */
export const FORMULA_START = String.raw`^'*[=+\-@\t\r\n＝＋－＠]`

// Spreadsheets skip blanks, and quotes where they do not honour them.
const SKIPPED = `[ \u00a0\u3000"]*`
const STARTS = String.raw`[=+\-@＝＋－＠]`

/** What begins a formula behind a separator, the text's own apostrophes included. */
export const FORMULA_BEHIND = `'*${SKIPPED}${STARTS}`

/**
 * Where a cell begins inside a text, for a reader of another separator than the file's, or one that does not honour quotes: behind
 * these. Where a formula follows, an apostrophe is put between: `x;=1` is written `x;'=1`, and `x;'=1` is written `x;''=1`.
 */
export const SEPARATOR = String.raw`[,;\t\r\n]`

const INSIDE = new RegExp(`(${SEPARATOR})(?=${FORMULA_BEHIND})`, 'g')
const GUARDED_INSIDE = new RegExp(`(${SEPARATOR})'(?=${FORMULA_BEHIND})`, 'g')

export function guardedInside(text: string): string {
  return text.replace(INSIDE, "$1'")
}

/** The text that `guardedInside` was given. */
export function unguardedInside(text: string): string {
  return text.includes("'") ? text.replace(GUARDED_INSIDE, '$1') : text
}
