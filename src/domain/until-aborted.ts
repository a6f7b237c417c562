/**
 * If the signal aborts first, fails at once with its reason, and `abandon` gets the work that nobody waits for any
 * more.
 */
export async function untilAborted<T>(
  work: () => Promise<T>,
  signal: AbortSignal | undefined,
  abandon: (work: Promise<T>) => void,
): Promise<T> {
  if (signal === undefined) return work()
  signal.throwIfAborted()
  const working = work()
  let onAbort = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => {
      // The abort makes the work fail. Uncaught, that would end the process.
      working.catch(() => undefined)
      abandon(working)
      reject(signal.reason)
    }
    signal.addEventListener('abort', onAbort)
  })
  try {
    return await Promise.race([working, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
