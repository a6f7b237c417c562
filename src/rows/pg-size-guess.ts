import { Failure } from '../domain/failure.ts'
import type { Database } from '../pg/database.ts'
import type { ExportPlan } from '../plan/export-plan.ts'
import type { Relation } from '../relations/relation.ts'
import { plannedFor } from './pg/planned.ts'
import { limitOf } from './pg/range.ts'
import { bindSettings, selectionOf, usersFrom } from './pg/selection.ts'
import { sinceOf } from './pg/since.ts'
import type { SizeGuess } from './row-source.ts'

interface Bounds {
  readonly users: number
  /** In PostgreSQL's unit: about one page that is read from the start of a table to its end. */
  readonly cost: number
}

// 10,000 users are one range, and take some 50 ms. A query of this cost reads some 300 MB, which takes less than a second.
const BOUNDS: Bounds = { users: 10_000, cost: 50_000 }
// Counting up to the bound takes milliseconds. If it takes longer, the table is locked or the server is busy.
const GUESS_SECONDS = 1

/**
 * Whether an export has few users. The users of a connection are counted up to the bound, which is exact and takes
 * milliseconds. How many a filter finds, only a scan could count, so PostgreSQL's planner estimates the number and the
 * cost. A wrong guess makes a small job wait, or lets a large one run among small ones.
 */
export function pgSizeGuess(database: Database, relation: Relation, bounds = BOUNDS): SizeGuess {
  return {
    isSmall: async (plan) => {
      try {
        return await guess(database, { plan, relation }, bounds)
      } catch (error) {
        // A locked table must not refuse the job. Its export waits for the table, among the large ones.
        if (error instanceof Failure && error.code === 'database_unavailable') return false
        throw error
      }
    },
  }
}

async function guess(database: Database, { plan, relation }: Asked, bounds: Bounds): Promise<boolean> {
  const { filter, since, ...wide } = plan
  const isNarrow = filter !== undefined || since !== undefined
  // A sort reads all users before the limit holds.
  const limit = plan.sort === undefined ? plan.limit : undefined
  if (!isNarrow && limit !== undefined && limit <= bounds.users) return true
  if (await hasFew(database, { plan: wide, relation }, bounds)) return true
  return isNarrow && isCheap(database, { plan, relation }, bounds)
}

interface Asked {
  readonly plan: ExportPlan
  readonly relation: Relation
}

async function hasFew(database: Database, asked: Asked, bounds: Bounds): Promise<boolean> {
  const from = usersFrom(selectionOf(asked, undefined))
  const [row] = await database.queryWithin<{ users: bigint }>(
    GUESS_SECONDS,
    `select count(*) as users from (select ${from} limit ${bounds.users + 1}) as counted`,
    [],
  )
  return Number(row?.users ?? 0n) <= bounds.users
}

function isCheap(database: Database, asked: Asked, bounds: Bounds): Promise<boolean> {
  const { plan, relation } = asked
  const key = relation.key.sql
  return database.transaction(async (session) => {
    const selection = selectionOf(asked, await sinceOf(session, asked))
    await bindSettings(session, selection)
    const first = plan.sort === undefined && plan.limit !== undefined
    const order = first ? `order by ${key} ${limitOf(plan.limit)}` : ''
    const { users, cost } = await plannedFor(session, `select ${key} ${usersFrom(selection)} ${order}`)
    return users <= bounds.users && cost <= bounds.cost
  })
}
