import { sqlState } from '../pg/failure-of.ts'
import { lookFor, type Recognized } from '../relations/find-users.ts'
import type { Statements } from '../relations/relation.ts'
import type { TablesReport } from './source-report.ts'

/** What the preset and the tables themselves say. */
export async function presetReport(
  session: Statements,
  recognized: Recognized,
): Promise<Omit<TablesReport, 'asked'>> {
  const { name, product, triedOn } = recognized.preset
  return { preset: name, product, tried_on: triedOn, version: await versionOf(session, recognized) }
}

// The table with the version is not needed for exports, so a role need not read it.
async function versionOf(session: Statements, { preset, catalogue }: Recognized): Promise<string | null> {
  const sql = preset.version?.(lookFor(catalogue, {}))
  if (sql === undefined) return null
  try {
    const [row] = await session.query<{ version: string | null }>(sql)
    return row?.version ?? null
  } catch (error) {
    if (sqlState(error) === undefined) throw error
    return null
  }
}

/** What the tables take on the disk of the database, without indexes. */
export async function bytesOfTables(
  session: Statements,
  tables: readonly { readonly schema: string; readonly name: string }[],
): Promise<number> {
  const [row] = await session.query<{ bytes: bigint }>(
    `select coalesce(sum(pg_table_size(coalesce(part.relid, c.oid))), 0)::bigint as bytes
     from jsonb_to_recordset($1::jsonb) as wanted (schema text, name text)
       join pg_namespace as n on nspname = wanted.schema
       join pg_class as c on relnamespace = n.oid and relname = wanted.name
       left join lateral pg_partition_tree(c.oid) as part on true`,
    [JSON.stringify(tables)],
  )
  return Number(row?.bytes ?? 0)
}
