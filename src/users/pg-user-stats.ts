import type { Briefly, BriefSession } from '../pg/briefly.ts'
import type { Relation } from '../relations/relation.ts'
import type { EventName, Events, Span, UserStats } from './user-stats.ts'

const STATS_SECONDS = 1.8
const ADVICE = 'ask for fewer days.'
// A statement of the embedded engine holds up all others, so it has fewer spans there.
const SPANS_AT_ONCE = 62
const SPANS_IN_TURNS = 10

export function pgUserStats(briefly: Briefly, relation: Relation): UserStats {
  const size = briefly.isInTurns ? SPANS_IN_TURNS : SPANS_AT_ONCE
  return {
    count: <Name extends EventName>(names: readonly Name[], spans: readonly Span[]) =>
      briefly.run({ seconds: STATS_SECONDS, advice: ADVICE }, async (session) => {
        const counted: [Name, Events[]][] = []
        for (const name of names) {
          const all: Events[] = []
          for (let at = 0; at < spans.length; at += size)
            all.push(...(await eventsIn(session, { relation, name, spans: spans.slice(at, at + size) })))
          counted.push([name, all])
        }
        return Object.fromEntries(counted) as Record<Name, Events[]>
      }),
  }
}

interface Asked {
  readonly relation: Relation
  readonly name: EventName
  readonly spans: readonly Span[]
}

interface Row {
  readonly count: bigint
  readonly first: string | null
  readonly last: string | null
}

/** The indexes users_created_at and users_last_login hold all that is read. */
async function eventsIn(session: BriefSession, { relation, name, spans }: Asked): Promise<Events[]> {
  const value = relation.column({ root: name, steps: [] })
  if (value.kind === 'never') return spans.map(() => ({ count: 0 }))
  const rows = await session.query<Row>(
    `select count, first, last
     from unnest($1::text[], $2::text[]) with ordinality as spans (start, stop, place)
     cross join lateral (
       select count(*) as count, min(${value.sql}) as first, max(${value.sql}) as last
       from ${relation.from} where ${value.sql} >= start and ${value.sql} < stop offset 0
     ) as events order by place`,
    [spans.map(({ from }) => from), spans.map(({ before }) => before)],
  )
  return rows.map(({ count, first, last }) => ({
    count: Number(count),
    ...(first === null ? {} : { first }),
    ...(last === null ? {} : { last }),
  }))
}
