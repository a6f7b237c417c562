import type { OwnedSession, Session } from '../pg/database.ts'

/** Lines that are read by one statement. */
export interface Slice {
  /** A query of their texts in the order of the file: one line or some a row, and how many they are. */
  readonly lines: string
  /** A query of how many they are together. */
  readonly count: string
}

/** A slice that is read line by line. */
export function lineByLine(slice: {
  /** SQL of a line, as it stands in the file. */
  readonly line: string
  /** `from … where …` */
  readonly from: string
  /** `order by …` */
  readonly order: string
  readonly limit?: number
}): Slice {
  const { line, from, order } = slice
  const limit = limitOf(slice.limit)
  return {
    lines: `select ${line}, 1::bigint ${from} ${order} ${limit}`,
    count: `select count(*) as lines from (select ${from} ${limit}) as counted`,
  }
}

/** How many lines a slice has in the session's snapshot. */
export async function countSlice(session: Session, slice: Slice): Promise<number> {
  const [row] = await session.query<{ lines: bigint }>(slice.count)
  return Number(row?.lines ?? 0n)
}

/** The lines of a slice; `onLines` is told how many they were once all of them are out. */
export async function* copySlice(
  session: OwnedSession,
  slice: Slice,
  onLines: (lines: number) => void,
): AsyncGenerator<Uint8Array> {
  const copy = session.copyOut(slice.lines)
  yield* copy.chunks
  onLines(copy.total())
}

/** A limit in SQL, which knows whole numbers of 64 bits only. */
export function limitOf(limit: number | undefined): string {
  return limit === undefined ? '' : `limit ${Math.min(limit, Number.MAX_SAFE_INTEGER)}`
}
