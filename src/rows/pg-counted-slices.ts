import type { Session } from '../pg/database.ts'
import { literal } from '../pg/sql.ts'
import type { Key } from '../relations/relation.ts'
import type { Cutting } from './pg-cut.ts'
import { usersFrom } from './pg-selection.ts'
import { lineByLine, type Slice } from './pg-slice.ts'

/** Users whom one order puts in a row, without exceptions such as null. */
export interface Group {
  /** Conditions that hold for these users alone. */
  readonly conditions: readonly string[]
  readonly orderBy: string
  readonly users: number
  /** The place of a user in this order, to compare with others. */
  readonly place: string
  readonly placeOf: (bound: Bound) => string
  /** Says less than a comparison of places, and is what the planner knows how to count. */
  readonly hint: (operator: string, bound: Bound) => readonly string[]
  /** The sorted column, or `null`. */
  readonly value: string
  readonly direction: 'asc' | 'desc'
}

export interface Bound {
  readonly key: string
  /** Of the sorted column. */
  readonly text: string | null
}

/** SQL of a key that was read as text. */
export function keyLiteral({ type }: Key, text: string): string {
  return `${literal(text)}::${type}`
}

/** Users in the order of their keys; nothing is known of the keys but that order. */
export function byKey(key: Key, users: number, direction: Group['direction'] = 'asc'): Group {
  return {
    conditions: [],
    orderBy: `order by ${key.sql} ${direction}`,
    users,
    place: key.sql,
    placeOf: (bound) => keyLiteral(key, bound.key),
    hint: () => [],
    value: 'null',
    direction,
  }
}

/** Cuts a group into slices of `size` users: the database names each user at whom a slice ends. */
export async function countedSlices(
  session: Session,
  group: Group,
  cutting: Cutting & { readonly size: number },
): Promise<Slice[]> {
  const { selection, line, size, plan } = cutting
  const slice = (...bounds: string[]): Slice =>
    lineByLine({
      line,
      from: usersFrom(selection, [...group.conditions, ...bounds]),
      order: group.orderBy,
      ...(plan.limit === undefined || bounds.length > 0 ? {} : { limit: group.users }),
    })
  if (group.users === 0) return []
  if (group.users <= size) return [slice()]
  const [after, upTo] = group.direction === 'asc' ? (['>', '<='] as const) : (['<', '>='] as const)
  const bounds = await boundsOf(session, group, cutting)
  return bounds.map((bound, index) => {
    const before = bounds[index - 1]
    const from =
      before === undefined
        ? []
        : [`${group.place} ${after} ${group.placeOf(before)}`, ...group.hint(`${after}=`, before)]
    return slice(...from, `${group.place} ${upTo} ${group.placeOf(bound)}`, ...group.hint(upTo, bound))
  })
}

// Every nth user and the last: one walk over an index, or one sort of two narrow columns.
function boundsOf(
  session: Session,
  group: Group,
  { selection, size }: Cutting & { readonly size: number },
): Promise<Bound[]> {
  return session.query<Bound>(
    `select key::text as key, value::text as text from (
       select ${selection.relation.key.sql} as key, ${group.value} as value, row_number() over (${group.orderBy}) as place
       ${usersFrom(selection, group.conditions)}
     ) as placed
     where place <= ${group.users} and (place % ${size} = 0 or place = ${group.users})
     order by place`,
  )
}
