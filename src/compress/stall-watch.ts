/** Watches a program that takes from one side and gives to another. */
export interface StallWatch {
  /** There is input that the program has not taken, or is none any more. Each call is a sign of life. */
  input(isWaiting: boolean): void
  /** Somebody waits for what the program gives, or has got something. Each call is a sign of life. */
  reader(isWaiting: boolean): void
  stop(): void
}

/**
 * Calls `onStall` once the program has done nothing for so long although input and a reader wait for it. It does not
 * count as a stall if the lines are slow to come, or if whoever writes the file is slow to take.
 */
export function newStallWatch(seconds: number, onStall: () => void): StallWatch {
  let hasInput = false
  let hasReader = false
  let timer: NodeJS.Timeout | undefined
  const expired = (): void => {
    const own = timer
    // An event loop that stood still finds the timer first, and then what the program did meanwhile.
    setImmediate(() => {
      if (own === timer) onStall()
    })
  }
  const restart = (): void => {
    clearTimeout(timer)
    timer = hasInput && hasReader ? setTimeout(expired, seconds * 1000) : undefined
  }
  return {
    input: (isWaiting) => {
      hasInput = isWaiting
      restart()
    },
    reader: (isWaiting) => {
      hasReader = isWaiting
      restart()
    },
    stop: () => {
      hasReader = false
      restart()
    },
  }
}
