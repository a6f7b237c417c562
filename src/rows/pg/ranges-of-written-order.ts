import type { Session } from '../../pg/database.ts'
import { evenRanges } from './even-ranges.ts'
import { orderBy, orderOf } from './order.ts'
import { limitOf, lineByLine } from './range.ts'
import type { Ranges, Reading } from './ranges.ts'
import { usersFrom } from './selection.ts'

/** With these settings PostgreSQL looks up a range's users one by one. Without them it reads all users each time. */
export const LOOKED_UP = 'set local enable_hashjoin = off; set local enable_mergejoin = off'

/**
 * Writes the order of the users into a temporary table first. The embedded engine reads each range in its own
 * transaction, and a user whose value changes in between must not be missing or come twice. All connections share one
 * session there, so all see the table. The caller drops it.
 */
export async function rangesOfWrittenOrder(
  session: Session,
  reading: Reading,
  table: string,
): Promise<Ranges> {
  const { relation, selection, line, usersPerRange, plan } = reading
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
  const ranges = evenRanges({ first: 1n, last: BigInt(users), users }, usersPerRange).map(({ after, upTo }) =>
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
  return { ranges, lines: users }
}
