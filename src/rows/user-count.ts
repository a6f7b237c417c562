import type { ExportPlan } from '../plan/export-plan.ts'

export interface UserCount {
  /**
   * How many lines the file of a plan would have: users, and deletions if the format names them. If counting takes longer
   * than `seconds`, the number is an estimate. Fails with `changes_forgotten`, and with `reading_too_slow` if there is no
   * time for an estimate either.
   */
  count(plan: ExportPlan, seconds: number): Promise<Counted>
}

export interface Counted {
  readonly users: number
  readonly isEstimate: boolean
}
