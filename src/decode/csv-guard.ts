import { FORMULA_START, unguardedInside } from '../domain/formula-start.ts'
import type { Cell } from './csv-cells.ts'
import type { Column } from './csv-columns.ts'
import type { Delimiter, Guard } from './decode-options.ts'

const FORMULA = new RegExp(FORMULA_START)

const GUARDS: readonly Guard[] = ['auth0', 'formula', 'none']

/**
 * Muster's exports show the guard by quotes that RFC 4180 does not require: around no heading (`auth0`), all
 * (`formula`) or the first (`none`; if there is only one, around none). A file of another program is read as `auth0` or
 * `none`.
 */
export function possibleGuards(header: readonly Cell[], delimiter: Delimiter): readonly Guard[] {
  const free = header.filter(({ text }) => !mustQuote(text, delimiter, header.length))
  const [first, ...rest] = free.map((cell) => cell.isQuoted)
  const fits: Record<Guard, boolean> = {
    auth0: first !== true && !rest.includes(true),
    formula: first !== false && !rest.includes(false),
    none: first !== (rest.length === 0) && !rest.includes(true),
  }
  const possible = GUARDS.filter((guard) => fits[guard])
  const isMarked = possible.length > 0 && !fits.auth0
  return isMarked ? possible : GUARDS.filter((guard) => guard !== 'formula' || fits.formula)
}

function mustQuote(heading: string, delimiter: Delimiter, count: number): boolean {
  return /["\r\n]/.test(heading) || heading.includes(delimiter) || (heading === '' && count === 1)
}

// Matches a guarded user_id. A writer that guards ids guards every text, even if its header does not look like Auth0's:
// how Auth0 quotes headings is not known.
const GUARDED_ID = /^'[\w-]+\|/

/** The header may allow several guards, so the first records decide. */
export function guardOf(
  possible: readonly Guard[],
  records: Iterable<readonly Cell[]>,
  columns: readonly Column[],
): Guard {
  const seen = { unguarded: false, id: false, formula: false }
  for (const { text, isQuoted, isId } of textsOf(records, columns)) {
    if (!text.startsWith("'")) seen.unguarded = true
    if (isId && GUARDED_ID.test(text)) seen.id = true
    // A formula without an apostrophe, so the writer did not guard formulas.
    if (isQuoted && !text.startsWith("'") && FORMULA.test(text)) seen.formula = true
  }
  const mayBeAuth0 = possible.includes('auth0') || seen.id
  if (mayBeAuth0 && !seen.unguarded) return 'auth0'
  return possible.includes('formula') && !seen.formula ? 'formula' : 'none'
}

function* textsOf(
  records: Iterable<readonly Cell[]>,
  columns: readonly Column[],
): Generator<Cell & { readonly isId: boolean }> {
  for (const cells of records) {
    for (const [at, { text, isQuoted }] of cells.entries()) {
      const column = columns[at]
      // A spreadsheet saves most texts without quotes. So bare cells count too in a column of texts.
      if (text === '' || !(isQuoted || column?.kind === 'text')) continue
      yield { text, isQuoted, isId: column?.steps[0] === 'user_id' }
    }
  }
}

/** An export guards headings that begin like formulas. With its guard a heading would name another attribute. */
export function headingOf({ text }: Cell, possible: readonly Guard[]): string {
  return possible.some((guard) => guard !== 'none') ? withoutFormulaGuard(text) : text
}

function withoutFormulaGuard(text: string): string {
  return unguardedInside(text.startsWith("'") && FORMULA.test(text) ? text.slice(1) : text)
}

export function unguarded(cell: Cell, guard: Guard): Cell | undefined {
  const { text, isQuoted } = cell
  const isMarked = text.startsWith("'")
  switch (guard) {
    case 'auth0':
      // Every text has an apostrophe, so empty quotes are a missing value. A bare cell with one has lost its quotes.
      if (isMarked) return { text: text.slice(1), isQuoted: true }
      return text === '' ? undefined : cell
    case 'formula':
      return text.includes("'") ? { text: withoutFormulaGuard(text), isQuoted } : cell
    case 'none':
      return cell
  }
}
