import type { PresetUsers } from '../relations/preset.ts'
import type { Statements } from '../relations/relation.ts'
import { grantsFor, minimalRole } from './grants.ts'
import type { PrivilegesReport, TableColumns } from './source-report.ts'

export interface NeededTable {
  readonly schema: string
  readonly name: string
  /** Null means the whole table. */
  readonly columns: readonly string[] | null
}

interface Row {
  readonly schema: string
  readonly table: string
  readonly known: readonly string[]
  readonly missing: readonly string[]
  readonly may_use_schema: boolean
  readonly may_read_all: boolean
  readonly may_read_some: boolean
  readonly may_write: boolean
  readonly is_whole: boolean
  readonly has_row_security: boolean
  readonly is_hidden: boolean
}

// Names only, which every role may ask for. A column that this version of the product lacks is not known.
const PRIVILEGES = `
  select quote_ident(nspname) as schema, quote_ident(nspname) || '.' || quote_ident(relname) as table,
    array(select quote_ident(attname) from pg_attribute where ${isWanted('true')}
          order by array_position(columns, attname::text)) as known,
    array(select quote_ident(attname) from pg_attribute
          where ${isWanted(`not has_column_privilege(c.oid, attnum, 'select')`)}
          order by array_position(columns, attname::text)) as missing,
    has_schema_privilege(n.oid, 'usage') as may_use_schema,
    has_table_privilege(c.oid, 'select') as may_read_all,
    has_any_column_privilege(c.oid, 'select') as may_read_some,
    has_table_privilege(c.oid, 'insert, update, delete, truncate') as may_write,
    columns is null as is_whole, relrowsecurity as has_row_security, row_security_active(c.oid) as is_hidden
  from jsonb_to_recordset($1::jsonb) as wanted (schema text, name text, columns text[])
    join pg_namespace as n on nspname = wanted.schema
    join pg_class as c on relnamespace = n.oid and relname = wanted.name
  order by nspname collate "C", relname collate "C"`

function isWanted(more: string): string {
  return `attrelid = c.oid and attname = any(columns) and attnum > 0 and not attisdropped and ${more}`
}

export function neededBy(reads: PresetUsers['reads'], schema: string): readonly NeededTable[] {
  return Object.entries(reads).map(([name, columns]) => ({ schema, name, columns }))
}

/**
 * What the role lacks to read the tables. `isDenied`: whether PostgreSQL refuses the query for which whole tables are
 * needed, since a query may read less than a whole table.
 */
export async function privilegesFor(
  session: Statements,
  needed: readonly NeededTable[],
  isDenied = false,
): Promise<PrivilegesReport> {
  const found = await session.query<Row>(PRIVILEGES, [JSON.stringify(needed)])
  const rows = found.filter(({ is_whole: isWhole, known }) => isWhole || known.length > 0)
  const [names] = await session.query<{ role: string; database: string }>(
    'select quote_ident(current_user) as role, quote_ident(current_database()) as database',
  )
  const { role = '', database = '' } = names ?? {}
  const missing = missingOf(rows, isDenied)
  const hidden = rows.filter(({ is_hidden: isHidden }) => isHidden).map(({ table }) => table)
  const closed = rows.filter(({ may_use_schema: may }) => !may)
  return {
    missing,
    row_security: hidden,
    may_write: rows.some(({ may_write: may }) => may),
    grants: grantsFor(role, {
      schemas: schemasOf(closed),
      tables: missing,
      bypassesRowSecurity: hidden.length > 0,
    }),
    minimal_role: minimalRole({
      database,
      schemas: schemasOf(rows),
      tables: rows.map(({ table, known }) => ({ table, columns: known })),
      bypassesRowSecurity: rows.some(({ has_row_security: has }) => has),
    }),
  }
}

function missingOf(rows: readonly Row[], isDenied: boolean): readonly TableColumns[] {
  const isAnyUnread = rows.some(({ may_read_some: may }) => !may)
  return rows
    .filter((row) => {
      if (!row.is_whole) return row.missing.length > 0
      return isDenied && !(isAnyUnread ? row.may_read_some : row.may_read_all)
    })
    .map(({ table, missing }) => ({ table, columns: missing }))
}

function schemasOf(rows: readonly Row[]): readonly string[] {
  return [...new Set(rows.map(({ schema }) => schema))]
}
