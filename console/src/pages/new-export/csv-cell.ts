import type { CsvChoices } from './draft.ts'

const FORMULA_START = /^'*[=+\-@\t\r\n＝＋－＠]/
const FORMULA_INSIDE = /([,;\t\r\n])(?='*[ \u00a0\u3000"]*[=+\-@＝＋－＠])/g

/** A text with the guard of docs/csv.md. */
export function guarded(text: string, guard: CsvChoices['guard']): string {
  switch (guard) {
    case 'auth0':
      return `'${text}`
    case 'formula':
      return `${FORMULA_START.test(text) ? "'" : ''}${text.replace(FORMULA_INSIDE, "$1'")}`
    case 'none':
      return text
    default:
      return guard satisfies never
  }
}

/** A text as it stands in the file. */
export function textCell(text: string, guard: CsvChoices['guard']): string {
  return `"${guarded(text, guard).replaceAll('"', '""')}"`
}
