import type { Session } from '../../pg/database.ts'
import type { Key } from '../../relations/relation.ts'
import { byKey, countedRanges, keyLiteral, type OrderedUsers } from './counted-ranges.ts'
import type { Order } from './order.ts'
import type { Ranges, Reading } from './ranges.ts'
import { usersFrom } from './selection.ts'

/**
 * If an index has the order, ranges have the usual size. Otherwise each range reads the whole table, so there are only
 * as many ranges as connections.
 */
export async function sortedRanges(session: Session, reading: Reading, order: Order): Promise<Ranges> {
  const { selection, plan, parallel, usersPerRange } = reading
  const [row] = await session.query<{ users: bigint; valued: bigint }>(
    `select count(*) as users, count(${order.column}) as valued ${usersFrom(selection)}`,
  )
  const limit = plan.limit ?? Number.POSITIVE_INFINITY
  const users = Math.min(Number(row?.users ?? 0n), limit)
  const valued = Math.min(Number(row?.valued ?? 0n), limit)
  const size = order.isIndexed ? usersPerRange : Math.max(usersPerRange, Math.ceil(users / parallel))
  const { key } = reading.relation
  const sorting = { ...reading, size }
  const first = await countedRanges(session, withValue(order, valued, key), sorting)
  const last = await countedRanges(session, withoutValue(order, users - valued, key), sorting)
  return { ranges: [...first, ...last], lines: users }
}

// Without `nulls last`, since PostgreSQL cannot read an index backwards in that order. Users without a value have their
// own ranges.
function withValue({ column, direction, toValue }: Order, users: number, key: Key): OrderedUsers {
  return {
    conditions: [`${column} is not null`],
    orderBy: `order by ${column} ${direction}, ${key.sql} ${direction}`,
    users,
    place: `(${column}, ${key.sql})`,
    placeOf: (end) => `(${toValue(end.text ?? '')}, ${keyLiteral(key, end.key)})`,
    // Without the hint, the planner takes two comparisons of rows for independent and expects a quarter of all users in
    // a range. Then it reads the whole table for each: 20 s instead of 5 for a million users.
    hint: (operator, { text }) => [`${column} ${operator} ${toValue(text ?? '')}`],
    value: column,
    direction,
  }
}

function withoutValue({ column, direction }: Order, users: number, key: Key): OrderedUsers {
  return { ...byKey(key, users, direction), conditions: [`${column} is null`] }
}
