import type { Session } from '../../pg/database.ts'
import { literal } from '../../pg/sql.ts'
import type { Key } from '../../relations/relation.ts'
import { lineByLine, type Range } from './range.ts'
import type { Reading } from './ranges.ts'
import { usersFrom } from './selection.ts'

/** The order has no nulls, so that one comparison of places decides which user comes first. */
export interface OrderedUsers {
  readonly conditions: readonly string[]
  readonly orderBy: string
  readonly users: number
  readonly place: string
  readonly placeOf: (end: RangeEnd) => string
  /** The planner cannot estimate a comparison of places. This condition follows from it and helps the planner. */
  readonly hint: (operator: string, end: RangeEnd) => readonly string[]
  readonly value: string
  readonly direction: 'asc' | 'desc'
}

export interface RangeEnd {
  readonly key: string
  readonly text: string | null
}

export function keyLiteral({ type }: Key, text: string): string {
  return `${literal(text)}::${type}`
}

export function byKey(key: Key, users: number, direction: OrderedUsers['direction'] = 'asc'): OrderedUsers {
  return {
    conditions: [],
    orderBy: `order by ${key.sql} ${direction}`,
    users,
    place: key.sql,
    placeOf: (end) => keyLiteral(key, end.key),
    hint: () => [],
    value: 'null',
    direction,
  }
}

export async function countedRanges(
  session: Session,
  ordered: OrderedUsers,
  reading: Reading & { readonly size: number },
): Promise<Range[]> {
  const { selection, line, size, plan } = reading
  const range = (...between: string[]): Range =>
    lineByLine({
      line,
      from: usersFrom(selection, [...ordered.conditions, ...between]),
      order: ordered.orderBy,
      ...(plan.limit === undefined || between.length > 0 ? {} : { limit: ordered.users }),
    })
  if (ordered.users === 0) return []
  if (ordered.users <= size) return [range()]
  const [after, upTo] = ordered.direction === 'asc' ? (['>', '<='] as const) : (['<', '>='] as const)
  const ends = await endsOf(session, ordered, reading)
  return ends.map((end, index) => {
    const before = ends[index - 1]
    const from =
      before === undefined
        ? []
        : [`${ordered.place} ${after} ${ordered.placeOf(before)}`, ...ordered.hint(`${after}=`, before)]
    return range(...from, `${ordered.place} ${upTo} ${ordered.placeOf(end)}`, ...ordered.hint(upTo, end))
  })
}

function endsOf(
  session: Session,
  ordered: OrderedUsers,
  { selection, size }: Reading & { readonly size: number },
): Promise<RangeEnd[]> {
  return session.query<RangeEnd>(
    `select key::text as key, value::text as text from (
       select ${selection.relation.key.sql} as key, ${ordered.value} as value, row_number() over (${ordered.orderBy}) as place
       ${usersFrom(selection, ordered.conditions)}
     ) as placed
     where place <= ${ordered.users} and (place % ${size} = 0 or place = ${ordered.users})
     order by place`,
  )
}
