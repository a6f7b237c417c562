import type { CsvDialect } from '../domain/export-request.ts'
import { FORMULA_START, guardedInside } from '../domain/formula-start.ts'

const FORMULA = new RegExp(FORMULA_START)

/**
 * A byte order mark and a line of headings, each only if the request asks for it.
 *
 * 1. A heading is the caller's text (`export_as`). It gets the guard `'` if a spreadsheet could run it as a formula.
 * 2. Quotes that RFC 4180 does not require show an import which guard the cells have: quotes around no heading mean
 * `auth0`, around all `formula`, around the first `none`. Other readers ignore them.
 */
export function csvHeader(headings: readonly string[], dialect: CsvDialect): string {
  const mark = dialect.bom ? '\uFEFF' : ''
  if (!dialect.header) return mark
  const guarded = dialect.guard === 'none' ? headings : headings.map(guardedHeading)
  const quotes = quotesOf(guarded, dialect)
  const cells = guarded.map((heading, index) =>
    quotes[index] === true ? `"${heading.replaceAll('"', '""')}"` : heading,
  )
  return `${mark}${cells.join(dialect.delimiter)}${dialect.newline}`
}

function guardedHeading(heading: string): string {
  return `${FORMULA.test(heading) ? "'" : ''}${guardedInside(heading)}`
}

// A heading that needs quotes shows nothing. If only one heading needs none, it cannot show three guards: without
// quotes it then means `auth0` or `none`.
function quotesOf(headings: readonly string[], { guard, delimiter }: CsvDialect): boolean[] {
  const must = headings.map(
    (heading) =>
      /["\r\n]/.test(heading) ||
      heading.includes(delimiter) ||
      // Most readers skip an empty line, and would take the first user for the header.
      (heading === '' && headings.length === 1),
  )
  const first = must.indexOf(false)
  const isAlone = must.lastIndexOf(false) === first
  return must.map((isMust, index) => {
    if (isMust || guard === 'formula') return true
    return guard === 'none' && !isAlone && index === first
  })
}
