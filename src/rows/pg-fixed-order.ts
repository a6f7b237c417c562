import type { Session } from '../pg/database.ts'
import type { Cut, Cutting } from './pg-cut.ts'
import { orderBy, orderOf } from './pg-order.ts'
import { usersFrom } from './pg-selection.ts'
import { limitOf, lineByLine } from './pg-slice.ts'
import { cutRanges } from './ranges.ts'

/** For whoever reads a slice: its users are looked up one by one, else all users would be read for each slice. */
export const LOOKED_UP = 'set local enable_hashjoin = off; set local enable_mergejoin = off'

/**
 * Cuts the users in an order that is written down first, in a temporary table: the embedded engine reads slice
 * by slice, each at its own moment, and a user whose value changes in between must not be missed or come twice.
 * All connections are one session there, so all see the table. Who holds the cut drops it.
 */
export async function fixedSlices(session: Session, cutting: Cutting, table: string): Promise<Cut> {
  const { relation, selection, line, usersPerRange, plan } = cutting
  const { key } = relation
  const order = plan.sort === undefined ? `order by ${key.sql}` : orderBy(orderOf(plan.sort, relation))
  await session.query(
    `create temporary table ${table} (place bigint primary key, user_key ${key.type} not null)`,
  )
  await session.query(
    `insert into ${table} select row_number() over (${order}), ${key.sql} ${usersFrom(selection)} order by 1 ${limitOf(plan.limit)}`,
  )
  const [row] = await session.query<{ users: bigint }>(`select count(*) as users from ${table}`)
  const users = Number(row?.users ?? 0n)
  const slices = cutRanges({ first: 1n, last: BigInt(users), users }, usersPerRange).map(({ after, upTo }) =>
    lineByLine({
      line,
      from: usersFrom(
        selection,
        [`place > ${after}`, `place <= ${upTo}`],
        `join ${table} on user_key = ${key.sql}`,
      ),
      order: 'order by place',
    }),
  )
  return { slices, lines: users }
}
