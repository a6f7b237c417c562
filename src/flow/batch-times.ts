/** Gives the first of `count` milliseconds in a row that are no user's yet. */
export type TakeTimes = (count: number) => Promise<Date>

/** A time for each user of a batch, as a profile shows it. */
export interface BatchTimes {
  /** Times for `count` users of the next batch: each call gives the next one's. */
  next(count: number): Promise<() => string>
}

/**
 * The times for the batches of an import. While one batch is checked and stored those for the next are asked for
 * already: nobody waits for the database. Those for a batch that does not come are nobody's.
 */
export function newBatchTimes(take: TakeTimes, fullBatch: number): BatchTimes {
  let ahead: Promise<Date> | undefined
  return {
    next: async (count) => {
      const taken = count > fullBatch || ahead === undefined ? take(count) : ahead
      const first = await taken
      // Behind a batch that is not full there is mostly no other.
      ahead = count < fullBatch ? undefined : take(fullBatch)
      // Whoever takes them hears of the failure; it may be that nobody does.
      ahead?.catch(() => undefined)
      return timesFrom(first)
    },
  }
}

// To write a Date costs more than all else that is done for a time: only the milliseconds change.
function timesFrom(first: Date): () => string {
  let second = Math.floor(first.getTime() / 1000)
  let millisecond = first.getTime() - second * 1000
  let start = startOf(second)
  return () => {
    if (millisecond === 1000) {
      second++
      millisecond = 0
      start = startOf(second)
    }
    return `${start}${String(millisecond++).padStart(3, '0')}Z`
  }
}

// `2026-01-01T00:00:00.`
function startOf(second: number): string {
  return new Date(second * 1000).toISOString().slice(0, 20)
}
