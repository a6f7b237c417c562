/** Lets so many pieces of work run at once. The others wait, and begin in the order in which they asked. */
export interface Turns {
  /** Gives a function that ends the turn. If the signal aborts before the turn begins, fails with its reason. */
  take(signal: AbortSignal): Promise<() => void>
}

export function newTurns(most: number): Turns {
  let free = most
  const waiting = new Set<() => void>()
  const giveBack = (): void => {
    const [next] = waiting
    if (next === undefined) free++
    else next()
  }
  const wait = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const leave = (): void => {
        waiting.delete(begin)
        reject(signal.reason)
      }
      const begin = (): void => {
        waiting.delete(begin)
        signal.removeEventListener('abort', leave)
        resolve()
      }
      waiting.add(begin)
      signal.addEventListener('abort', leave, { once: true })
    })
  return {
    take: async (signal) => {
      signal.throwIfAborted()
      if (free > 0) free--
      else await wait(signal)
      return giveBack
    },
  }
}
