import type { Statements } from './relation.ts'

/** Which tables and columns a schema has. Views count as tables. */
export interface Catalogue {
  readonly schema: string
  readonly tables: ReadonlyMap<string, Columns>
}

/** PostgreSQL's own names of the types (`integer`, `character varying`, …), by column. */
type Columns = ReadonlyMap<string, string>

interface TableRow {
  readonly name: string
  readonly columns: readonly string[]
  readonly types: readonly string[]
}

/** Reads names only, which every role may do, also of tables that it must not read. */
export async function readCatalogue(session: Statements, schema: string): Promise<Catalogue> {
  const rows = await session.query<TableRow>(
    `select relname::text as name, array_agg(attname::text order by attnum) as columns,
       array_agg(format_type(atttypid, null) order by attnum) as types
     from pg_catalog.pg_class join pg_catalog.pg_attribute on attrelid = pg_class.oid
     where relnamespace = (select oid from pg_catalog.pg_namespace where nspname = $1)
       and relkind in ('r', 'p', 'v', 'm', 'f') and attnum > 0 and not attisdropped
     group by relname`,
    [schema],
  )
  return { schema, tables: new Map(rows.map((row) => [row.name, columnsOf(row)])) }
}

function columnsOf({ columns, types }: TableRow): Columns {
  return new Map(columns.map((name, n) => [name, types[n] ?? '']))
}
