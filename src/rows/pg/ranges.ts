import type { Clock } from '../../domain/clock.ts'
import { METADATA } from '../../domain/profile.ts'
import { FORMATS } from '../../formats/formats.ts'
import type { Database } from '../../pg/database.ts'
import type { Column, ExportPlan } from '../../plan/export-plan.ts'
import type { Relation } from '../../relations/relation.ts'
import { endAt, type Value } from '../../relations/value.ts'
import type { Agreement } from '../agreement.ts'
import type { Range } from './range.ts'
import type { Selection } from './selection.ts'

/** The replica has replayed everything that the snapshot `seen` of the primary saw. */
export interface Ahead {
  readonly writing: Database
  readonly seen: string
}

export interface SnapshotOptions {
  readonly database: Database
  /** Given if `database` is a replica, which cannot record the timestamp of the export. */
  readonly primary?: Ahead
  readonly relation: Relation
  readonly clock: Clock
  readonly plan: ExportPlan
  /** Aborts when nobody needs the snapshot any more. */
  readonly signal: AbortSignal
  readonly parallel: number
  readonly usersPerRange: number
  readonly agreement?: Agreement | undefined
}

export interface Reading
  extends Omit<SnapshotOptions, 'database' | 'primary' | 'clock' | 'signal' | 'agreement'> {
  readonly selection: Selection
  readonly columns: readonly Column[]
  readonly line: string
}

export interface Ranges {
  readonly ranges: readonly Range[]
  /** Counted when the users were cut into ranges, so that lost lines are noticed. */
  readonly lines: number
}

export function readingOf(
  options: SnapshotOptions,
  selection: Selection,
  columns: readonly Column[],
): Reading {
  return { ...options, selection, columns, line: lineOf(options, columns) }
}

/** SQL of a user's line. */
export function lineOf(
  { plan: { format, csv }, relation }: Pick<SnapshotOptions, 'plan' | 'relation'>,
  columns: readonly Column[],
): string {
  const { rows } = FORMATS[format]
  switch (rows.kind) {
    case 'lines': {
      const valued = columns.map((column) => ({ ...column, value: columnValue(column, relation) }))
      return rows.line(valued, csv)
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
