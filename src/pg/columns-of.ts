import type pg from 'pg'
import { failureOf } from './failure-of.ts'

/** A line end before the bracket, since the query may end with a comment. */
export async function columnsOf(
  pool: pg.Pool,
  query: string,
): Promise<{ readonly name: string; readonly type: string }[]> {
  try {
    const { fields } = await pool.query(`select * from (${query}\n) as q limit 0`)
    const { rows } = await pool.query<{ type: string }>(
      `select format_type(oid, null) as type from unnest($1::oid[]) with ordinality as each (oid, place) order by place`,
      [fields.map(({ dataTypeID }) => dataTypeID)],
    )
    return fields.map(({ name }, index) => ({ name, type: rows[index]?.type ?? '' }))
  } catch (error) {
    throw failureOf(error)
  }
}
