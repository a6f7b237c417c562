export interface StallWatch {
  /** True while there is input that the program has not taken. Each call is a sign of life. */
  input(isWaiting: boolean): void
  reader(isWaiting: boolean): void
  stop(): void
}

/**
 * Calls `onStall` if the program has done nothing for `seconds` although input and a reader wait for it. Slow lines or
 * a slow store are no stall.
 */
export function newStallWatch(seconds: number, onStall: () => void): StallWatch {
  let hasInput = false
  let hasReader = false
  let timer: NodeJS.Timeout | undefined
  const expired = (): void => {
    const own = timer
    // After the event loop was blocked, the timer runs first. Only then are the events of the program read.
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
