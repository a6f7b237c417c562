import { CSV_DEFAULTS, type CsvChoices } from './draft.ts'

/** What reads the file. docs/csv.md has the same table and the reasons. */
export const CSV_READERS = ['auth0', 'excel', 'excelSemicolon', 'sheets', 'databases'] as const

export type CsvReader = (typeof CSV_READERS)[number]

const CHOICES: Readonly<Record<CsvReader, Partial<CsvChoices>>> = {
  auth0: {},
  excel: { guard: 'formula', bom: true },
  excelSemicolon: { guard: 'formula', bom: true, delimiter: ';' },
  sheets: { guard: 'formula' },
  databases: { guard: 'none' },
}

/** All options for this reader. */
export function choicesFor(reader: CsvReader): CsvChoices {
  return { ...CSV_DEFAULTS, ...CHOICES[reader] }
}

/** The reader that has exactly these options. Undefined if there is none. */
export function readerOf(csv: CsvChoices): CsvReader | undefined {
  const names = Object.keys(CSV_DEFAULTS) as (keyof CsvChoices)[]
  return CSV_READERS.find((reader) => names.every((name) => choicesFor(reader)[name] === csv[name]))
}
