import type { CsvDialect } from '../domain/export-request.ts'
import { isJsonObject, type JsonObject } from '../domain/json.ts'
import { headOf } from './csv-columns.ts'
import { type CsvColumn, csvText } from './csv-text.ts'
import { ndjsonText } from './ndjson-text.ts'
import type { Entry } from './read-users.ts'

/** How users are written: a line each. A JSON array is made of NDJSON later. */
export type Lines =
  | { readonly kind: 'ndjson' }
  | { readonly kind: 'csv'; readonly columns: readonly CsvColumn[]; readonly dialect: CsvDialect }

/** An entry that is no user, and so is not in the result. */
export interface LeftOut {
  readonly line: number
  readonly message: string
}

/** Calls one of the two for each entry. */
export interface Seen {
  user(): void
  leftOut(entry: LeftOut): void
}

export function headOfLines(lines: Lines): readonly string[] {
  return lines.kind === 'csv' ? [headOf(lines.columns, lines.dialect)] : []
}

export async function* linesOf(
  entries: AsyncIterable<Entry>,
  lines: Lines,
  seen: Seen,
): AsyncGenerator<string> {
  for await (const entry of entries) {
    const user = userIn(entry)
    if (user === undefined) {
      seen.leftOut(whyNot(entry))
      continue
    }
    seen.user()
    yield lines.kind === 'csv' ? csvText(user, lines.columns, lines.dialect) : ndjsonText(user)
  }
}

function userIn(entry: Entry): JsonObject | undefined {
  return entry.kind === 'user' && isJsonObject(entry.value) ? entry.value : undefined
}

function whyNot(entry: Entry): LeftOut {
  const { line } = entry
  if (entry.kind === 'unreadable') return { line, message: entry.message }
  return { line, message: `The entry in line ${line} is no object, so it is no user` }
}
