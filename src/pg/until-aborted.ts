/**
 * The outcome of the work, or the signal's reason as soon as it aborts. Then `abandon` gets the work, which nobody waits
 * for any more; it is called once at most.
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
      // Its failure is that it was abandoned.
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
