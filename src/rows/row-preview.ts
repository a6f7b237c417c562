import type { Column, ExportPlan } from '../plan/export-plan.ts'

export interface RowPreview {
  /**
   * What the file of the plan begins with, in one snapshot if the engine has snapshots. Fails with `reading_too_slow`
   * after `seconds`, with `changes_forgotten` and with `columns_too_many`.
   */
  first(plan: ExportPlan, bounds: PreviewBounds): Promise<FirstRows>
}

export interface PreviewBounds {
  readonly rows: number
  /** Of all lines together. Whole lines beyond it are left out. */
  readonly bytes: number
  readonly seconds: number
}

export interface FirstRows {
  /** Those of the file, so also those that only a user beyond the first rows has. */
  readonly columns: readonly Column[]
  readonly lines: readonly string[]
  /** Lines were left out because of their size. */
  readonly isCut: boolean
}
