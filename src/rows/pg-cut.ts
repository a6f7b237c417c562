import type { Clock } from '../domain/clock.ts'
import type { Database } from '../pg/database.ts'
import type { ExportPlan } from '../plan/export-plan.ts'
import { type CopyShape, csvShape } from './pg-csv.ts'
import { ndjsonShape } from './pg-ndjson.ts'
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
  readonly shape: CopyShape
}

/** The users of an export, cut into slices. */
export interface Cut {
  readonly slices: readonly Slice[]
  /** How many they were when they were cut: a line each. */
  readonly lines: number
}

export function cuttingOf(opening: Opening, selection: Selection): Cutting {
  const { format, columns, csv } = opening.plan
  return { ...opening, selection, shape: format === 'csv' ? csvShape(columns, csv) : ndjsonShape(columns) }
}
