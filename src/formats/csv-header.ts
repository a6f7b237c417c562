import type { CsvDialect } from '../domain/export-request.ts'
import { FORMULA_START, guardedInside } from '../domain/formula-start.ts'

const FORMULA = new RegExp(FORMULA_START)

/**
 * What stands before the first user: the byte order mark and the line of headings, each only if asked for.
 *
 * Headings are the caller's text (`export_as`), so one that a spreadsheet could take for a formula gets the
 * guard `'`, also inside, unless there is none. Which guard the cells have is told by quotes that RFC 4180 does not ask for,
 * which no reader sees but ours: on no heading (auth0), on all (formula), on the first (none).
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

// A heading that must be quoted tells nothing. One alone that need not be cannot tell three guards apart: bare,
// it may mean auth0 or none.
function quotesOf(headings: readonly string[], { guard, delimiter }: CsvDialect): boolean[] {
  const must = headings.map(
    (heading) =>
      /["\r\n]/.test(heading) ||
      heading.includes(delimiter) ||
      // An empty line would be no header at all to most readers.
      (heading === '' && headings.length === 1),
  )
  const first = must.indexOf(false)
  const isAlone = must.lastIndexOf(false) === first
  return must.map((isMust, index) => {
    if (isMust || guard === 'formula') return true
    return guard === 'none' && !isAlone && index === first
  })
}
