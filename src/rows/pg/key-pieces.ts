import type { Session } from '../../pg/database.ts'
import { evenRanges, type KeyRange } from './even-ranges.ts'
import { type Selection, usersFrom } from './selection.ts'

/** Other statements of the embedded engine wait while a piece is read: some 20 ms. */
export const KEYS_PER_PIECE = 10_000

export interface KeyEnds {
  readonly first: bigint
  readonly last: bigint
}

/** Undefined if there is no user. Uses the primary key, or the index users_connection. */
export async function keyEndsOf(session: Session, selection: Selection): Promise<KeyEnds | undefined> {
  const key = selection.relation.key.sql
  const from = usersFrom(withoutNarrow(selection))
  const [row] = await session.query<{ first: bigint | null; last: bigint | null }>(
    `select (select min(${key}) ${from}) as first, (select max(${key}) ${from}) as last`,
  )
  return row === undefined || row.first === null || row.last === null
    ? undefined
    : { first: row.first, last: row.last }
}

/** Whether the relation's keys can be cut into pieces by arithmetic. */
export function isCutEvenly({ relation: { key } }: Selection): boolean {
  return key.cut === 'evenly'
}

export function piecesOf({ first, last }: KeyEnds, keysPerPiece: number): KeyRange[] {
  return evenRanges({ first, last, users: Number(last - first + 1n) }, keysPerPiece)
}

/**
 * The pieces in an order in which any beginning is spread over all of them. Neighbours are often alike: users of one
 * import, or of one year. So the first users in the order of their keys would be a poor sample of all.
 */
export function spread<Piece>(pieces: readonly Piece[]): Piece[] {
  const { length } = pieces
  // A stride near the golden section leaves no large gap, however many pieces are taken.
  let stride = Math.max(1, Math.round(length * 0.618))
  while (commonDivisor(stride, length) > 1) stride++
  return pieces.map((_, index) => pieces[(index * stride) % length] as Piece)
}

export function isInPiece({ relation }: Selection, { after, upTo }: KeyRange): readonly string[] {
  return [`${relation.key.sql} > ${after}`, `${relation.key.sql} <= ${upTo}`]
}

/** The same users without the filter and `since`: those of the connection, or all. */
export function withoutNarrow(selection: Selection): Selection {
  return { ...selection, conditions: selection.wide }
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b)
}
