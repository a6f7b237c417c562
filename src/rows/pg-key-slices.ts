import type { Session } from '../pg/database.ts'
import type { Column, ExportPlan } from '../plan/export-plan.ts'
import type { Key } from '../relations/relation.ts'
import { byKey, countedSlices } from './pg-counted-slices.ts'
import type { Cut, Cutting } from './pg-cut.ts'
import { type Selection, usersFrom } from './pg-selection.ts'
import { limitOf, lineByLine, type Slice } from './pg-slice.ts'
import { cutRanges, type KeyRange, type Survey } from './ranges.ts'

// Lines that PostgreSQL puts into one text before it sends it: a profile is sent in 1/5 of the CPU less, and so is
// the memory of a backend bounded, as profiles are (measured, docs/adr/0010-lines-in-bundles.md).
const BUNDLE_KEYS = 256

// A longer line goes out alone. A text of PostgreSQL ends at 1 GB, which 256 large profiles beside one another can
// reach, and a backend that joins lines holds two or three times their bytes.
const BUNDLED_BYTES_MAX = 64 * 1024

// Where fewer keys are users, a bundle is a few lines, and looking for them costs more than it saves.
const KEYS_PER_USER_MAX = 4

/** Cuts the users in the order of their keys; the keys of Muster's own users have the order in which they were added. */
export function keySlices(session: Session, cutting: Cutting): Promise<Cut> {
  const { key } = cutting.relation
  return key.cut === 'evenly' ? evenSlices(session, cutting) : slicesOfCounted(session, key, cutting)
}

async function slicesOfCounted(session: Session, key: Key, cutting: Cutting): Promise<Cut> {
  const { selection, plan, usersPerRange: size } = cutting
  const [row] = await session.query<{ users: bigint }>(`select count(*) as users ${usersFrom(selection)}`)
  const lines = Math.min(Number(row?.users ?? 0n), plan.limit ?? Number.POSITIVE_INFINITY)
  return { slices: await countedSlices(session, byKey(key, lines), { ...cutting, size }), lines }
}

async function evenSlices(session: Session, cutting: Cutting): Promise<Cut> {
  const { selection, line, usersPerRange } = cutting
  const key = cutting.relation.key.sql
  const survey = await surveyOf(session, cutting.plan, selection)
  const slice = (...bounds: string[]): Slice =>
    lineByLine({ line, from: usersFrom(selection, bounds), order: `order by ${key}` })
  // A few, found by whatever index finds them: bounds would tempt the planner to walk the keys instead.
  const isOne = selection.isNarrow && survey.users <= usersPerRange && cutting.plan.limit === undefined
  if (isOne) return { slices: survey.users === 0 ? [] : [slice()], lines: survey.users }
  const ranges = cutRanges(survey, usersPerRange)
  const isBundled = !selection.isNarrow && isDense(survey)
  return {
    slices: ranges.map((range) =>
      isBundled ? bundled(range, cutting) : slice(`${key} > ${range.after}`, `${key} <= ${range.upTo}`),
    ),
    lines: survey.users,
  }
}

/** Counts along the primary key, or users_connection; a limit ends at the key of its last user. */
export async function surveyOf(
  session: Session,
  { limit }: ExportPlan,
  selection: Selection,
): Promise<Survey> {
  const from = usersFrom(selection)
  const key = selection.relation.key.sql
  const source =
    limit === undefined ? from : `from (select ${key} ${from} order by ${key} ${limitOf(limit)}) as users`
  // An index knows its ends. Asked of every key as it is counted they cost half as much again.
  const end = (which: 'min' | 'max'): string =>
    limit === undefined && !selection.isNarrow ? `(select ${which}(${key}) ${from})` : `${which}(${key})`
  const [row] = await session.query<{ first: bigint | null; last: bigint | null; users: bigint }>(
    `select ${end('min')} as first, ${end('max')} as last, count(*) as users ${source}`,
  )
  return { first: row?.first ?? 0n, last: row?.last ?? 0n, users: Number(row?.users ?? 0n) }
}

function isDense({ first, last, users }: Survey): boolean {
  return Number(last - first + 1n) <= users * KEYS_PER_USER_MAX
}

/** A slice that is read some keys after others. */
function bundled({ after, upTo }: KeyRange, { line, selection, columns }: Cutting): Slice {
  const key = selection.relation.key.sql
  const keys = Math.ceil(BUNDLE_KEYS / timesTold(columns))
  const bounds = [`${key} > start`, `${key} <= least(start + ${keys}, ${upTo})`]
  const isShort = `octet_length(line) <= ${BUNDLED_BYTES_MAX}`
  return {
    // Their order is settled first, or PostgreSQL would put the bundles in order once it has them all. A long line is
    // seen while its bundle is made: to ask for sizes before would read every user twice.
    lines: `select told.lines, told.users
      from (select start from generate_series(${after}, ${upTo - 1n}, ${keys}) as start order by start offset 0) as starts
      cross join lateral (
        select string_agg(case when ${isShort} then line end, '') as lines, count(*) as users, bool_and(${isShort}) as are_short
        from (select ${line} as line ${usersFrom(selection, bounds)} order by ${key}) as each offset 0
      ) as bundle
      cross join lateral (
        select lines, users where are_short
        union all
        select line, 1 from (
          select ${line} as line ${usersFrom(selection, ['not are_short', ...bounds])} order by ${key}
        ) as each
      ) as told
      where bundle.users > 0 order by start`,
    count: `select count(*) as lines ${usersFrom(selection, [`${key} > ${after}`, `${key} <= ${upTo}`])}`,
  }
}

interface Node {
  readonly children: Map<unknown, Node>
  /** Columns that end here. */
  columns: number
}

/**
 * How often a line may tell one part of a profile: once, unless a column leads into another, or is it once more. Each
 * path is walked once, along a tree of all of them: to compare every two takes minutes with many columns.
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
