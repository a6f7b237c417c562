export interface Sweeper {
  /** Aborts the sweep and resolves when it has ended, so that the caller can close the database. */
  stop(): Promise<void>
}

/**
 * Runs the sweeps one after another, at once and then every `everySeconds`. One that fails must not keep the others
 * from removing what has expired.
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
