import type { BriefSession } from '../../pg/briefly.ts'
import type { ExportPlan } from '../../plan/export-plan.ts'
import { isCutEvenly, isInPiece, KEYS_PER_PIECE, keyEndsOf, piecesOf } from './key-pieces.ts'
import { orderOf } from './order.ts'
import { type Selection, usersFrom } from './selection.ts'

interface Asked {
  readonly plan: ExportPlan
  readonly selection: Selection
  readonly users: number
}

/** The keys of the first users, in the order of the file. */
export function firstKeys(
  session: BriefSession,
  asked: Asked,
  isInTurns: boolean,
): Promise<readonly string[]> {
  if (asked.users === 0) return Promise.resolve([])
  return isInTurns && isCutEvenly(asked.selection) ? keysInPieces(session, asked) : keysAtOnce(session, asked)
}

// Not `key`: ORDER BY prefers a name of the output, and texts have 10 before 9.
interface KeyRow {
  readonly key_text: string
}

async function keysAtOnce(
  session: BriefSession,
  { plan, selection, users }: Asked,
): Promise<readonly string[]> {
  const key = selection.relation.key.sql
  const keys = async (order: string, limit: number, ...conditions: string[]): Promise<string[]> => {
    const rows = await session.query<KeyRow>(
      `select ${key}::text as key_text ${usersFrom(selection, conditions)} order by ${order} limit ${limit}`,
    )
    return rows.map((row) => row.key_text)
  }
  if (plan.sort === undefined) return keys(key, users)
  // In two queries, as the ranges of an export: PostgreSQL cannot read an index backwards with `nulls last`.
  const { column, direction } = orderOf(plan.sort, selection.relation)
  const first = await keys(`${column} ${direction}, ${key} ${direction}`, users, `${column} is not null`)
  if (first.length === users) return first
  return [...first, ...(await keys(`${key} ${direction}`, users - first.length, `${column} is null`))]
}

/** Each piece adds its users to the first ones of the pieces before, and only the first of all stay. */
async function keysInPieces(
  session: BriefSession,
  { plan, selection, users }: Asked,
): Promise<readonly string[]> {
  const { key } = selection.relation
  const order = plan.sort === undefined ? undefined : orderOf(plan.sort, selection.relation)
  const direction = order?.direction ?? 'asc'
  const columns = `${key.sql} as key, ${order?.column ?? 'null'} as value`
  const orderBy =
    order === undefined ? 'order by key' : `order by value ${direction} nulls last, key ${direction}`
  const ends = await keyEndsOf(session, selection)
  let keys: readonly string[] = []
  for (const piece of ends === undefined ? [] : piecesOf(ends, KEYS_PER_PIECE)) {
    const rows = await session.query<KeyRow>(
      `select key::text as key_text from (
         select ${columns} ${usersFrom(selection, isInPiece(selection, piece))}
         union all
         select ${columns} from ${selection.relation.from} where ${key.sql} = any($1::${key.type}[])
       ) as users ${orderBy} limit ${users}`,
      [keys],
    )
    keys = rows.map((row) => row.key_text)
    if (order === undefined && keys.length === users) break
  }
  return keys
}
