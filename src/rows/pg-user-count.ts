import { Failure } from '../domain/failure.ts'
import type { Briefly, BriefSession } from '../pg/briefly.ts'
import type { ExportPlan } from '../plan/export-plan.ts'
import type { Relation } from '../relations/relation.ts'
import {
  isCutEvenly,
  isInPiece,
  KEYS_PER_PIECE,
  keyEndsOf,
  piecesOf,
  spread,
  withoutNarrow,
} from './pg/key-pieces.ts'
import { plannedFor } from './pg/planned.ts'
import { countRange, limitOf } from './pg/range.ts'
import { bindSettings, type Selection, selectionOf, usersFrom } from './pg/selection.ts'
import { sinceOf } from './pg/since.ts'
import type { Counted, UserCount } from './user-count.ts'

// The rest of the time is for the estimate.
const EXACT_SHARE = 0.75
// 10,000 users at 200 places. To look at them takes about 20 ms, and more with a filter that is slow.
const BLOCKS = 200
const BLOCK_KEYS = 50
// With fewer users found among those, chance decides the estimate, and the planner's is no worse.
const FOUND_MIN = 5
const ADVICE = 'count fewer users, by a connection or a narrower query, or export them without a count.'

export function pgUserCount(briefly: Briefly, relation: Relation): UserCount {
  const { isInTurns } = briefly
  return {
    count: async (plan, seconds) => {
      const asked = { plan, relation }
      if (isInTurns)
        return briefly.run({ seconds, advice: ADVICE }, (session) => countInPieces(session, asked, seconds))
      const exactSeconds = seconds * EXACT_SHARE
      try {
        return await briefly.run({ seconds: exactSeconds, advice: ADVICE }, (session) =>
          countAtOnce(session, asked),
        )
      } catch (error) {
        if (!(error instanceof Failure && error.code === 'reading_too_slow')) throw error
        const bounds = { seconds: seconds - exactSeconds, advice: ADVICE }
        return briefly.run(bounds, (session) => estimate(session, asked))
      }
    },
  }
}

interface Asked {
  readonly plan: ExportPlan
  readonly relation: Relation
}

async function selected(session: BriefSession, asked: Asked): Promise<Selection> {
  const selection = selectionOf(asked, await sinceOf(session, asked))
  await session.prepare((within) => bindSettings(within, selection))
  return selection
}

async function deletionsOf(session: BriefSession, { deletions }: Selection): Promise<number> {
  return deletions === undefined ? 0 : countRange(session, deletions)
}

async function countAtOnce(session: BriefSession, asked: Asked): Promise<Counted> {
  const selection = await selected(session, asked)
  const users = await countOf(session, `${usersFrom(selection)} ${limitOf(asked.plan.limit)}`)
  return { users: users + (await deletionsOf(session, selection)), isEstimate: false }
}

async function countOf(session: BriefSession, from: string): Promise<number> {
  const [row] = await session.query<{ users: bigint }>(
    `select count(*) as users from (select ${from}) as counted`,
  )
  return Number(row?.users ?? 0n)
}

/** If the time is over before all pieces are counted, the others are taken to have as many users on average. */
async function countInPieces(session: BriefSession, asked: Asked, seconds: number): Promise<Counted> {
  const selection = await selected(session, asked)
  if (!isCutEvenly(selection)) return countAtOnce(session, asked)
  const ends = await keyEndsOf(session, selection)
  const pieces = ends === undefined ? [] : spread(piecesOf(ends, KEYS_PER_PIECE))
  const limit = asked.plan.limit ?? Number.POSITIVE_INFINITY
  const gone = await deletionsOf(session, selection)
  let users = 0
  let done = 0
  for (const piece of pieces) {
    users += await countOf(session, usersFrom(selection, isInPiece(selection, piece)))
    done++
    if (users >= limit || session.secondsLeft() < seconds * (1 - EXACT_SHARE)) break
  }
  if (users >= limit || done === pieces.length)
    return { users: Math.min(users, limit) + gone, isEstimate: false }
  return { users: Math.min(Math.round((users / done) * pieces.length), limit) + gone, isEstimate: true }
}

async function estimate(session: BriefSession, asked: Asked): Promise<Counted> {
  const selection = await selected(session, asked)
  const { users: planned } = await plannedFor(session, `select ${usersFrom(selection)}`)
  const users = (selection.isNarrow ? await sampled(session, selection) : undefined) ?? planned
  const { deletions } = selection
  const gone = deletions === undefined ? 0 : (await plannedFor(session, deletions.lines)).users
  const limited = Math.min(users, asked.plan.limit ?? Number.POSITIVE_INFINITY)
  return { users: Math.round(limited + gone), isEstimate: true }
}

/** The share of users at random places who match, times the number of users as the planner knows it. */
async function sampled(session: BriefSession, selection: Selection): Promise<number | undefined> {
  if (!isCutEvenly(selection)) return undefined
  const all = withoutNarrow(selection)
  const ends = await keyEndsOf(session, selection)
  if (ends === undefined) return 0
  const key = selection.relation.key.sql
  const [row] = await session.query<{ users: bigint; found: bigint }>(
    `select coalesce(sum(users), 0)::bigint as users, coalesce(sum(found), 0)::bigint as found
     from (select ${ends.first} + floor(random() * ${ends.last - ends.first + 1n})::bigint as start
           from generate_series(1, ${BLOCKS})) as blocks
     cross join lateral (
       select count(*) as users, count(*) filter (where ${selection.conditions.join(' and ')}) as found
       ${usersFrom(all, [`${key} >= start`, `${key} < start + ${BLOCK_KEYS}`])} offset 0
     ) as block`,
  )
  const [users, found] = [Number(row?.users ?? 0n), Number(row?.found ?? 0n)]
  if (found < FOUND_MIN) return undefined
  return (found / users) * (await plannedFor(session, `select ${usersFrom(all)}`)).users
}
