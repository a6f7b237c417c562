import type { Column } from '../plan/export-plan.ts'
import { checkCount } from './column-count.ts'

/**
 * What the snapshots of one file agree on while they are opened at the same time: each in another database, all of them
 * with the same columns. A call waits for the calls of all others. It rejects if one of them fails.
 */
export interface Agreement {
  /** How many of the limit's users come from this database, of those that it has. The first databases come first. */
  share(users: number): Promise<number>
  /** The columns of all, from those that this database needs. */
  columns(found: readonly Column[]): Promise<readonly Column[]>
}

/** One for each of `members` snapshots. The signal aborts if one of them fails, with its error. */
export function newAgreements(members: number, limit: number | undefined, signal: AbortSignal): Agreement[] {
  const shares = newMeeting<number, number>(members, signal, (users) => {
    let left = limit ?? Number.POSITIVE_INFINITY
    return users.map((count) => {
      const share = Math.min(count, left)
      left -= share
      return share
    })
  })
  const columns = newMeeting<readonly Column[], readonly Column[]>(members, signal, (found) => {
    const all = allColumns(found)
    return found.map(() => all)
  })
  return Array.from({ length: members }, (_, index) => ({
    share: (users) => shares(index, users),
    columns: (found) => columns(index, found),
  }))
}

/** The given columns, each once, and those that were discovered in the order of their headings' bytes at the end. */
function allColumns(lists: readonly (readonly Column[])[]): readonly Column[] {
  const [first = []] = lists
  const shortest = Math.min(...lists.map(({ length }) => length))
  // All lists begin with the columns that were asked for.
  let asked = 0
  while (asked < shortest && lists.every((list) => list[asked] === first[asked])) asked++
  const found = new Map(lists.flatMap((list) => list.slice(asked)).map((column) => [column.heading, column]))
  const sorted = [...found.values()].sort((a, b) =>
    Buffer.compare(Buffer.from(a.heading), Buffer.from(b.heading)),
  )
  const columns = [...first.slice(0, asked), ...sorted]
  checkCount(columns.length)
  return columns
}

function newMeeting<Brought, Taken>(
  members: number,
  signal: AbortSignal,
  decide: (brought: readonly Brought[]) => readonly Taken[],
): (member: number, brings: Brought) => Promise<Taken> {
  const brought = new Map<number, Brought>()
  let settle: (taken: Promise<readonly Taken[]>) => void = () => undefined
  const decided = new Promise<readonly Taken[]>((resolve, reject) => {
    settle = resolve
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  // Without this, a failure while no snapshot waits would end the process.
  decided.catch(() => undefined)
  const decideNow = async (): Promise<readonly Taken[]> =>
    decide([...brought].sort(([a], [b]) => a - b).map(([, each]) => each))
  return async (member, brings) => {
    signal.throwIfAborted()
    brought.set(member, brings)
    if (brought.size === members) settle(decideNow())
    return (await decided)[member] as Taken
  }
}
