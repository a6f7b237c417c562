import type { Amounts } from '../domain/job.ts'

export type Report = (fraction: number, amounts?: Amounts) => void

export interface Run {
  /** Grows with every claim of the job, so that a worker that has lost it can be told from its successor. */
  readonly fence: number
  /** Aborted if the worker has lost the job or must stop. */
  readonly signal: AbortSignal
  /** The fraction goes from 0 to 1. A run that does not report for long counts as stalled. Each call is cheap. */
  readonly report: Report
}
