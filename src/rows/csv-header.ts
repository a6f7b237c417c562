// What OWASP's "CSV Injection" page lists as dangerous at the start of a cell, full-width forms included.
const FORMULA_START = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/

/**
 * The first line of a CSV file. Headings stand bare and are quoted only where RFC 4180 asks for it. They are
 * the caller's text (`export_as`), so one that a spreadsheet could take for a formula gets the guard `'`.
 */
export function csvHeader(headings: readonly string[]): string {
  return `${headings.map(headingCell).join(',')}\n`
}

function headingCell(heading: string, _index: number, all: readonly string[]): string {
  const guarded = FORMULA_START.test(heading) ? `'${heading}` : heading
  // An empty line would be no header at all to most readers.
  const mustQuote = /[",\r\n]/.test(guarded) || (guarded === '' && all.length === 1)
  return mustQuote ? `"${guarded.replaceAll('"', '""')}"` : guarded
}
