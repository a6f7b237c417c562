/**
 * Texts that a spreadsheet could run: what OWASP's "CSV Injection" page lists at the start of a cell, line feed and
 * full-width forms included, behind any number of apostrophes. With these, a guard can be told from a text's
 * own: `=x` is written `'=x`, and `'=x` is written `''=x`. PostgreSQL reads the expression as JavaScript does.
 */
export const FORMULA_START = String.raw`^'*[=+\-@\t\r\n＝＋－＠]`
