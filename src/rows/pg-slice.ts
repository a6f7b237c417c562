import type { OwnedSession, Session } from '../pg/database.ts'
import type { CopyShape } from './pg-csv.ts'
import { rewriteLines } from './rewrite-lines.ts'

/** The lines that one COPY gives out. */
export interface Slice {
  readonly shape: CopyShape
  /** `from … where …` */
  readonly from: string
  /** `order by …` */
  readonly order: string
  readonly limit?: number
}

/** How many lines a slice has in the session's snapshot. */
export async function countSlice(session: Session, slice: Slice): Promise<number> {
  const [row] = await session.query<{ lines: bigint }>(
    `select count(*) as lines from (select ${slice.from} ${limitOf(slice.limit)}) as counted`,
  )
  return Number(row?.lines ?? 0n)
}

/** The lines of a slice; `onLines` is told how many they were once all of them are out. */
export async function* copySlice(
  session: OwnedSession,
  slice: Slice,
  onLines: (lines: number) => void,
): AsyncGenerator<Uint8Array> {
  const { shape, from, order, limit } = slice
  const copy = session.copyOut(
    `copy (select ${shape.select} ${from} ${order} ${limitOf(limit)}) to stdout (${shape.options})`,
    shape.isBinary,
  )
  yield* rewriteLines(copy.chunks, shape.rewrites)
  onLines(copy.rows())
}

/** A limit in SQL, which knows whole numbers of 64 bits only. */
export function limitOf(limit: number | undefined): string {
  return limit === undefined ? '' : `limit ${Math.min(limit, Number.MAX_SAFE_INTEGER)}`
}
