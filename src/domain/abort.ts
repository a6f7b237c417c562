export interface Abortable {
  readonly signal: AbortSignal
  abort(reason?: unknown): void
  /** Call it when the work is over. Otherwise the outer signals, which live longer, keep a listener for it. */
  release(): void
}

/**
 * Aborts when one of these does, with its reason, or by `abort`. AbortSignal.any would leak: Node 20 never frees its
 * signal if that has a listener, nor what the listener refers to (nodejs/node issue 54614).
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
