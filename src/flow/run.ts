/** One worker's try at a job. */
export interface Run {
  /** Grows with every claim of the job. */
  readonly fence: number
  /** Aborts when the worker has lost the job or must stop. */
  readonly signal: AbortSignal
  /** How much is done, 0 to 1. Cheap: it may be called often. */
  readonly report: (fraction: number) => void
}
