export interface Sweeper {
  /** Ends a sweep that is under way and starts no other. */
  stop(): Promise<void>
}

/**
 * Runs each of `sweeps` now and then every `everySeconds`, one at a time. One that fails is reported and tried again;
 * the others go on.
 */
export function startSweeper(
  sweeps: readonly ((signal: AbortSignal) => Promise<void>)[],
  everySeconds: number,
  onError: (error: unknown) => void,
): Sweeper {
  const stopping = new AbortController()
  let current: Promise<void> | undefined
  async function sweepAll(): Promise<void> {
    for (const sweep of sweeps) {
      if (stopping.signal.aborted) return
      await sweep(stopping.signal).catch((error: unknown) => {
        if (!stopping.signal.aborted) onError(error)
      })
    }
  }
  const run = (): void => {
    current ??= sweepAll().finally(() => {
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
