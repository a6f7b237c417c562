export interface Sweeper {
  /** Ends a sweep that is under way and starts no other. */
  stop(): Promise<void>
}

/** Runs `sweep` now and then every `everySeconds`, one at a time. A failed sweep is told and tried again. */
export function startSweeper(
  sweep: (signal: AbortSignal) => Promise<void>,
  everySeconds: number,
  onError: (error: unknown) => void,
): Sweeper {
  const stopping = new AbortController()
  let current: Promise<void> | undefined
  const run = (): void => {
    current ??= sweep(stopping.signal)
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) onError(error)
      })
      .finally(() => {
        current = undefined
      })
  }
  const timer = setInterval(run, everySeconds * 1000)
  run()
  return {
    stop: async () => {
      clearInterval(timer)
      stopping.abort()
      await current
    },
  }
}
