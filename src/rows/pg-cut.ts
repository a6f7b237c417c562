import type { Clock } from '../domain/clock.ts'
import type { Database } from '../pg/database.ts'
import type { Column, ExportPlan } from '../plan/export-plan.ts'
import { csvLine } from './pg-csv.ts'
import { ndjsonLine } from './pg-ndjson.ts'
import type { Selection } from './pg-selection.ts'
import type { Slice } from './pg-slice.ts'

/** What a snapshot is opened with. */
export interface Opening {
  readonly database: Database
  readonly clock: Clock
  readonly plan: ExportPlan
  readonly parallel: number
  readonly usersPerRange: number
}

/** What users are cut by. */
export interface Cutting extends Opening {
  readonly selection: Selection
  readonly columns: readonly Column[]
  /** SQL of a user's line. */
  readonly line: string
}

/** The users of an export, cut into slices. */
export interface Cut {
  readonly slices: readonly Slice[]
  /** How many they were when they were cut: a line each. */
  readonly lines: number
}

/** `columns` are the plan's and those discovered. */
export function cuttingOf(opening: Opening, selection: Selection, columns: readonly Column[]): Cutting {
  const { format, csv } = opening.plan
  const line = format === 'csv' ? csvLine(columns, csv) : ndjsonLine(columns)
  return { ...opening, selection, columns, line }
}
