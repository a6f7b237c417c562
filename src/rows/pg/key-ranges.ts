import type { Session } from '../../pg/database.ts'
import type { Column, ExportPlan } from '../../plan/export-plan.ts'
import type { Key } from '../../relations/relation.ts'
import { byKey, countedRanges } from './counted-ranges.ts'
import { evenRanges, type KeyRange, type KeySpan } from './even-ranges.ts'
import { limitOf, lineByLine, type Range } from './range.ts'
import type { Ranges, Reading } from './ranges.ts'
import { type Selection, usersFrom } from './selection.ts'

// PostgreSQL joins the lines of this many keys to one text. That takes a fifth less CPU per profile. The number limits
// the memory of a backend (docs/adr/0010-lines-in-bundles.md).
const BUNDLE_KEYS = 256

// A longer line is sent alone. 256 large profiles could exceed 1 GB, the limit of a text in PostgreSQL. A backend that
// joins lines holds two or three times their bytes.
const BUNDLED_BYTES_MAX = 64 * 1024

// With fewer users per key, a bundle has few lines, and the search for them costs more than bundles save.
const KEYS_PER_USER_MAX = 4

export function keyRanges(session: Session, reading: Reading): Promise<Ranges> {
  const { key } = reading.relation
  return key.cut === 'evenly' ? evenKeyRanges(session, reading) : countedKeyRanges(session, key, reading)
}

async function countedKeyRanges(session: Session, key: Key, reading: Reading): Promise<Ranges> {
  const { selection, plan, usersPerRange: size } = reading
  const [row] = await session.query<{ users: bigint }>(`select count(*) as users ${usersFrom(selection)}`)
  const lines = Math.min(Number(row?.users ?? 0n), plan.limit ?? Number.POSITIVE_INFINITY)
  return { ranges: await countedRanges(session, byKey(key, lines), { ...reading, size }), lines }
}

async function evenKeyRanges(session: Session, reading: Reading): Promise<Ranges> {
  const { selection, line, usersPerRange } = reading
  const key = reading.relation.key.sql
  const span = await keySpanOf(session, reading.plan, selection)
  const range = (...conditions: string[]): Range =>
    lineByLine({ line, from: usersFrom(selection, conditions), order: `order by ${key}` })
  // An index of the filter finds the few users. With conditions on keys, the planner might read all keys instead.
  const isOne = selection.isNarrow && span.users <= usersPerRange && reading.plan.limit === undefined
  if (isOne) return { ranges: span.users === 0 ? [] : [range()], lines: span.users }
  const ranges = evenRanges(span, usersPerRange)
  const isBundled = !selection.isNarrow && isDense(span)
  return {
    ranges: ranges.map((keys) =>
      isBundled ? bundled(keys, reading) : range(`${key} > ${keys.after}`, `${key} <= ${keys.upTo}`),
    ),
    lines: span.users,
  }
}

/**
 * Counts along the primary key or the index users_connection. With a limit, `last` must be the key of the last exported
 * user, or the file would have more users.
 */
export async function keySpanOf(
  session: Session,
  { limit }: ExportPlan,
  selection: Selection,
): Promise<KeySpan> {
  const from = usersFrom(selection)
  const key = selection.relation.key.sql
  const source =
    limit === undefined ? from : `from (select ${key} ${from} order by ${key} ${limitOf(limit)}) as users`
  // A subselect finds the first and last key in the index. min() and max() over all counted keys take 50 % longer.
  const end = (which: 'min' | 'max'): string =>
    limit === undefined && !selection.isNarrow ? `(select ${which}(${key}) ${from})` : `${which}(${key})`
  const [row] = await session.query<{ first: bigint | null; last: bigint | null; users: bigint }>(
    `select ${end('min')} as first, ${end('max')} as last, count(*) as users ${source}`,
  )
  return { first: row?.first ?? 0n, last: row?.last ?? 0n, users: Number(row?.users ?? 0n) }
}

function isDense({ first, last, users }: KeySpan): boolean {
  return Number(last - first + 1n) <= users * KEYS_PER_USER_MAX
}

function bundled({ after, upTo }: KeyRange, { line, selection, columns }: Reading): Range {
  const key = selection.relation.key.sql
  const keys = Math.ceil(BUNDLE_KEYS / timesTold(columns))
  const conditions = [`${key} > start`, `${key} <= least(start + ${keys}, ${upTo})`]
  const isShort = `octet_length(line) <= ${BUNDLED_BYTES_MAX}`
  return {
    // `order by start` sorts the bundles before they are made. Otherwise PostgreSQL would hold all of them in memory to
    // sort them. `are_short` comes with the bundle: a separate query for the lengths would read every user twice.
    lines: `select told.lines, told.users
      from (select start from generate_series(${after}, ${upTo - 1n}, ${keys}) as start order by start offset 0) as starts
      cross join lateral (
        select string_agg(case when ${isShort} then line end, '') as lines, count(*) as users, bool_and(${isShort}) as are_short
        from (select ${line} as line ${usersFrom(selection, conditions)} order by ${key}) as each offset 0
      ) as bundle
      cross join lateral (
        select lines, users where are_short
        union all
        select line, 1 from (
          select ${line} as line ${usersFrom(selection, ['not are_short', ...conditions])} order by ${key}
        ) as each
      ) as told
      where bundle.users > 0 order by start`,
    count: `select count(*) as lines ${usersFrom(selection, [`${key} > ${after}`, `${key} <= ${upTo}`])}`,
  }
}

interface Node {
  readonly children: Map<unknown, Node>
  /** How many columns have a path that ends here. Paths that go on do not count. */
  columns: number
}

/**
 * How often a line may repeat one part of a profile: more than once if a column's path is the beginning of another, or
 * equal to it. It builds a tree of all paths: to compare every two takes minutes with many columns.
 */
export function timesTold(columns: readonly Column[]): number {
  const newNode = (): Node => ({ children: new Map(), columns: 0 })
  const root = newNode()
  const ends = columns.map(({ path }) => {
    const way: Node[] = []
    let node = root
    for (const step of [path.root, ...path.steps]) {
      const next = node.children.get(step) ?? newNode()
      node.children.set(step, next)
      way.push(next)
      node = next
    }
    node.columns++
    return way
  })
  const told = ends.map((way) => way.reduce((sum, node) => sum + node.columns, 0))
  return told.reduce((most, each) => Math.max(most, each), 1)
}
