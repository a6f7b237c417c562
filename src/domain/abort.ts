/** A signal for one piece of work, which ends with the work around it or by itself. */
export interface Abortable {
  readonly signal: AbortSignal
  abort(reason?: unknown): void
  /** To be called when the work is over: the signals around it live longer, and know it no more. */
  release(): void
}

/**
 * Aborts when one of the signals does, with its reason. In place of AbortSignal.any, whose signals Node 20 keeps for
 * ever once they have a listener, with all that the listener knows (nodejs/node issue 54614).
 */
export function abortableWithin(...around: readonly AbortSignal[]): Abortable {
  const controller = new AbortController()
  const end = (): void => controller.abort(around.find(({ aborted }) => aborted)?.reason)
  for (const signal of around) {
    if (signal.aborted) end()
    signal.addEventListener('abort', end)
  }
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    release: () => {
      for (const signal of around) signal.removeEventListener('abort', end)
    },
  }
}
