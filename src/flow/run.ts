/** One attempt of a worker to run a job. */
export interface Run {
  /** Grows with every claim of the job. */
  readonly fence: number
  /** Aborted if the worker has lost the job or must stop. */
  readonly signal: AbortSignal
  /** Reports the part that is done, 0 to 1. A run that does not report for long counts as stalled. Each call is cheap. */
  readonly report: (fraction: number) => void
}
