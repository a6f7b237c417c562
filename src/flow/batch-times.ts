export type TakeTimes = (count: number) => Promise<Date>

export interface BatchTimes {
  next(count: number): Promise<() => string>
}

/**
 * Asks for the timestamps of the next batch while the present one is checked, so that no batch waits for the database.
 * If no further batch comes, these timestamps stay unused.
 */
export function newBatchTimes(take: TakeTimes, fullBatch: number): BatchTimes {
  let ahead: Promise<Date> | undefined
  return {
    next: async (count) => {
      const taken = count > fullBatch || ahead === undefined ? take(count) : ahead
      const first = await taken
      // A batch that is not full is mostly the last, so no timestamps are asked for after it.
      ahead = count < fullBatch ? undefined : take(fullBatch)
      // The next call throws the error. If there is none, Node must not end the process because of it.
      ahead?.catch(() => undefined)
      return timesFrom(first)
    },
  }
}

// Formatting a Date is the slowest step here, so the text is made once a second and only the milliseconds change.
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

function startOf(second: number): string {
  return new Date(second * 1000).toISOString().slice(0, 20)
}
