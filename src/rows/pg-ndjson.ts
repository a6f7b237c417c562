import { literal } from '../pg/sql.ts'
import type { Column } from '../plan/export-plan.ts'
import type { CopyShape } from './pg-csv.ts'
import { type Value, valueAt } from './pg-value.ts'

// PostgreSQL takes 100 arguments to a function.
const ARGUMENTS_MAX = 90

/**
 * One JSON object a line. Goes through the CSV door with a quote and a delimiter that JSON text cannot hold
 * raw (0x01, 0x02: RFC 8259 has them escaped), so that COPY adds nothing to it.
 */
export function ndjsonShape(columns: readonly Column[]): CopyShape {
  return {
    select: `'{' || substr(${concatenated(members(columns))}, 2) || '}'`,
    options: `format csv, quote E'\\x01', delimiter E'\\x02'`,
    rewrites: [],
  }
}

// A missing value makes its member null, and concat() leaves nulls out: so keys of missing values are absent.
// A heading asked for twice is one key, for a reader keeps only one: the last that has a value.
function members(columns: readonly Column[]): string[] {
  const byHeading = new Map<string, string[]>()
  for (const column of columns) {
    const value = jsonText(valueAt(column.path))
    const earlier = byHeading.get(column.heading) ?? []
    byHeading.set(column.heading, value === undefined ? earlier : [value, ...earlier])
  }
  return [...byHeading]
    .filter(([, values]) => values.length > 0)
    .map(([heading, values]) => {
      const value = values.length === 1 ? values[0] : `coalesce(${values.join(', ')})`
      return `${literal(`,${JSON.stringify(heading)}:`)} || ${value}`
    })
}

function jsonText(value: Value): string | undefined {
  switch (value.kind) {
    case 'text':
      return `to_json(${value.sql})::text`
    case 'moment':
      return `'"' || ${value.sql} || '"'`
    case 'boolean':
    case 'integer':
    case 'any':
      return `${value.sql}::text`
    case 'never':
      return undefined
  }
}

function concatenated(pieces: readonly string[]): string {
  if (pieces.length === 0) return `''`
  if (pieces.length <= ARGUMENTS_MAX) return `concat(${pieces.join(', ')})`
  const groups: string[] = []
  for (let at = 0; at < pieces.length; at += ARGUMENTS_MAX) {
    groups.push(`concat(${pieces.slice(at, at + ARGUMENTS_MAX).join(', ')})`)
  }
  return concatenated(groups)
}
