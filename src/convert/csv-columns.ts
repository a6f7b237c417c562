import { type CsvDialect, DEFAULT_FIELDS, type Field, isInMetadata } from '../domain/export-request.ts'
import { Failure } from '../domain/failure.ts'
import { type FieldPath, fieldPathText, parseFieldName } from '../domain/field-path.ts'
import { isJsonObject, type Json } from '../domain/json.ts'
import { METADATA } from '../domain/profile.ts'
import { csvHeader } from '../formats/csv-header.ts'
import type { CsvColumn } from './csv-text.ts'
import { endsOf } from './value-at.ts'

/** The columns of these fields, or of the default fields of an export. Fails with `usage_invalid`. */
export function columnsOf(
  fields: readonly Field[] = DEFAULT_FIELDS.map((name) => ({ name })),
): readonly CsvColumn[] {
  return fields.map(({ name, export_as: heading = name }) => {
    const path = parseFieldName(name)
    if ('problem' in path)
      throw new Failure('usage_invalid', `The field ${name} is no path: ${path.problem}.`)
    return { heading, path }
  })
}

export function headOf(columns: readonly CsvColumn[], dialect: CsvDialect): string {
  return csvHeader(
    columns.map(({ heading }) => heading),
    dialect,
  )
}

/** Gathers the paths at which metadata end: one more column each (docs/csv.md). */
export interface Discovery {
  see(user: Json): void
  /** These columns, and those that were found, in the order of their bytes. */
  added(columns: readonly CsvColumn[]): readonly CsvColumn[]
}

export function newDiscovery(): Discovery {
  const found = new Map<string, FieldPath>()
  return {
    see: (user) => {
      if (!isJsonObject(user)) return
      for (const root of METADATA) {
        const metadata = user[root]
        if (metadata === undefined) continue
        for (const steps of endsOf(metadata)) found.set(fieldPathText({ root, steps }), { root, steps })
      }
    },
    added: (columns) => {
      const isNamed = ({ heading, path }: CsvColumn): boolean =>
        isInMetadata(path) && heading === fieldPathText(path)
      const named = new Set(columns.filter(isNamed).map(({ heading }) => heading))
      const others = [...found].filter(([heading]) => !named.has(heading)).sort(byBytes)
      return [
        ...columns.map((column) => (isNamed(column) ? { ...column, isEnd: true } : column)),
        ...others.map(([heading, path]) => ({ heading, path, isEnd: true })),
      ]
    },
  }
}

function byBytes([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}
