import { literal } from '../pg/sql.ts'
import type { Column } from '../plan/export-plan.ts'
import type { CopyShape } from './pg-csv.ts'
import { type Value, valueAt } from './pg-value.ts'

/**
 * One JSON object a line. Goes through the CSV door with a quote and a delimiter that JSON text cannot hold
 * raw (0x01, 0x02: RFC 8259 has them escaped), so that COPY adds nothing to it.
 */
export function ndjsonShape(columns: readonly Column[]): CopyShape {
  return {
    select: `'{' || substr(${joined(members(columns))}, 2) || '}'`,
    options: `format csv, quote E'\\x01', delimiter E'\\x02'`,
    rewrites: [],
  }
}

// A missing value makes its member null, which becomes an empty text: so keys of missing values are absent.
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
      return `coalesce(${literal(`,${JSON.stringify(heading)}:`)} || ${value}, '')`
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

// Halves of halves: a row of || copies what stands before it at each step, and concat(), which takes each argument
// for a value of any type, costs twice as much (measured, docs/adr/0009-what-a-line-costs.md).
function joined(pieces: readonly string[]): string {
  if (pieces.length <= 1) return pieces[0] ?? `''`
  const half = Math.ceil(pieces.length / 2)
  return `(${joined(pieces.slice(0, half))} || ${joined(pieces.slice(half))})`
}
