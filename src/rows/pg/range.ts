import type { Lent } from '../../domain/lent.ts'
import type { OwnedSession, Session } from '../../pg/database.ts'

export interface Range {
  readonly lines: string
  readonly count: string
}

export function lineByLine(range: {
  readonly line: string
  readonly from: string
  readonly order: string
  readonly limit?: number
}): Range {
  const { line, from, order } = range
  const limit = limitOf(range.limit)
  return {
    lines: `select ${line}, 1::bigint ${from} ${order} ${limit}`,
    count: `select count(*) as lines from (select ${from} ${limit}) as counted`,
  }
}

export async function countRange(session: Session, range: Range): Promise<number> {
  const [row] = await session.query<{ lines: bigint }>(range.count)
  return Number(row?.lines ?? 0n)
}

export async function* copyRange(
  session: OwnedSession,
  range: Range,
  onLines: (lines: number) => void,
): AsyncGenerator<Lent> {
  const copy = session.copyOut(range.lines)
  let counted = 0
  const count = (): void => {
    onLines(copy.total() - counted)
    counted = copy.total()
  }
  for await (const chunk of copy.chunks) {
    count()
    yield chunk
  }
  count()
}

/** A request may have a limit above 64 bits, which SQL would refuse. */
export function limitOf(limit: number | undefined): string {
  return limit === undefined ? '' : `limit ${Math.min(limit, Number.MAX_SAFE_INTEGER)}`
}
