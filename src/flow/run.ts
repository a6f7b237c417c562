import type { Amounts } from '../domain/job.ts'

export type Report = (fraction: number, amounts?: Amounts) => void

export interface Run {
  /** Grows with every claim of the job, so the database can refuse a worker that has lost the job. */
  readonly fence: number
  /** Aborted if the worker has lost the job or must stop. */
  readonly signal: AbortSignal
  /** The fraction goes from 0 to 1. A run that does not report for long counts as stalled. Each call is cheap. */
  readonly report: Report
}
