import type { Clock } from '../domain/clock.ts'
import { METADATA } from '../domain/profile.ts'
import { FORMATS } from '../formats/formats.ts'
import type { Database } from '../pg/database.ts'
import type { Column, ExportPlan } from '../plan/export-plan.ts'
import type { Relation } from '../relations/relation.ts'
import { endAt, type Value } from '../relations/value.ts'
import type { Selection } from './pg-selection.ts'
import type { Slice } from './pg-slice.ts'

/** What a snapshot is opened with. */
export interface Opening {
  readonly database: Database
  /** The users that there are. */
  readonly relation: Relation
  readonly clock: Clock
  readonly plan: ExportPlan
  /** Aborts when nobody waits for the snapshot any more. */
  readonly signal: AbortSignal
  readonly parallel: number
  readonly usersPerRange: number
}

/** What users are cut by. */
export interface Cutting extends Omit<Opening, 'database' | 'clock' | 'signal'> {
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
  const { relation } = opening
  const { format, csv } = opening.plan
  const { rows } = FORMATS[format]
  switch (rows.kind) {
    case 'lines': {
      const line = rows.line(
        columns.map((column) => ({ ...column, value: columnValue(column, relation) })),
        csv,
      )
      return { ...opening, selection, columns, line }
    }
    default:
      return rows.kind satisfies never
  }
}

function columnValue({ path, isEnd }: Column, relation: Relation): Value {
  const metadata = METADATA.find((name) => name === path.root)
  if (isEnd !== true || metadata === undefined) return relation.column(path)
  const json = relation.json(metadata)
  return json === undefined ? { kind: 'never' } : endAt(json, path.steps)
}
