import { Failure } from '../../domain/failure.ts'
import type { BriefSession } from '../../pg/briefly.ts'
import type { KeyRange } from './even-ranges.ts'
import { isCutEvenly, keyEndsOf, piecesOf, spread } from './key-pieces.ts'
import { type Selection, usersFrom } from './selection.ts'

export interface SampledKeys {
  readonly keys: readonly string[]
  readonly isSample: boolean
}

// A statement of the embedded engine holds up all others. With a filter that finds no user, it reads a part of the keys.
const PIECES_AT_ONCE = 25
// So few keys are read from the first to the last.
const FEW_PER_USER = 4

/**
 * Cuts the keys into as many pieces as users are wanted, and takes from each piece the first user after a random key.
 * So new and old users have the same chance, and no more users are read than are taken. Ends early once the time is
 * over. Uses the primary key, or the index users_connection.
 */
export async function sampledKeys(
  session: BriefSession,
  selection: Selection,
  users: number,
): Promise<SampledKeys> {
  if (!isCutEvenly(selection)) return keysOfEnds(session, selection, users)
  const ends = await keyEndsOf(session, selection)
  if (ends === undefined) return { keys: [], isSample: false }
  const isShort = ends.last - ends.first < BigInt(users * FEW_PER_USER)
  if (isShort || !selection.isNarrow) {
    const first = await keysOf(session, selection, 'asc', users + 1)
    if (first.length <= users) return { keys: first, isSample: false }
  }
  const pieces = spread(piecesOf(ends, Math.max(1, Math.floor(Number(ends.last - ends.first + 1n) / users))))
  const keys: string[] = []
  for (let at = 0; at < pieces.length && keys.length < users; at += PIECES_AT_ONCE) {
    try {
      keys.push(...(await oneOfEach(session, selection, pieces.slice(at, at + PIECES_AT_ONCE))))
    } catch (error) {
      // The users that were found so far are a sample too.
      if (keys.length === 0 || !isTooSlow(error)) throw error
      break
    }
  }
  return { keys: keys.slice(0, users), isSample: true }
}

function isTooSlow(error: unknown): boolean {
  return (
    error instanceof Failure && (error.code === 'reading_too_slow' || error.code === 'database_unavailable')
  )
}

// Not named `key`: an order by that name would be the order of the texts, for which there is no index.
interface KeyRow {
  readonly key_text: string
}

// If no user is after the random key, the piece is searched from its beginning. The second half of the union runs only
// then, because of the limit.
async function oneOfEach(
  session: BriefSession,
  selection: Selection,
  pieces: readonly KeyRange[],
): Promise<string[]> {
  const { sql: key, type } = selection.relation.key
  const first = (...between: string[]): string =>
    `(select ${key} as key ${usersFrom(selection, between)} order by ${key} limit 1)`
  const rows = await session.query<KeyRow>(
    `select found.key::text as key_text
     from (
       select after, up_to, after + 1 + floor(random() * (up_to - after))::${type} as start
       from unnest($1::${type}[], $2::${type}[]) as pieces (after, up_to) offset 0
     ) as places
     cross join lateral (
       ${first(`${key} >= start`, `${key} <= up_to`)}
       union all
       ${first(`${key} > after`, `${key} < start`)}
       limit 1
     ) as found`,
    [pieces.map(({ after }) => String(after)), pieces.map(({ upTo }) => String(upTo))],
  )
  return rows.map((row) => row.key_text)
}

// Keys that are no numbers cannot be drawn at random. The lowest and the highest are at least of two kinds.
async function keysOfEnds(session: BriefSession, selection: Selection, users: number): Promise<SampledKeys> {
  const first = await keysOf(session, selection, 'asc', users + 1)
  if (first.length <= users) return { keys: first, isSample: false }
  const half = Math.ceil(users / 2)
  const last = await keysOf(session, selection, 'desc', users - half)
  return { keys: [...new Set([...first.slice(0, half), ...last])], isSample: true }
}

async function keysOf(
  session: BriefSession,
  selection: Selection,
  direction: 'asc' | 'desc',
  limit: number,
): Promise<string[]> {
  const key = selection.relation.key.sql
  const rows = await session.query<KeyRow>(
    `select ${key}::text as key_text ${usersFrom(selection)} order by ${key} ${direction} limit ${limit}`,
  )
  return rows.map((row) => row.key_text)
}
