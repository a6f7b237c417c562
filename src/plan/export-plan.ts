import {
  CSV_DIALECT,
  type CsvDialect,
  DEFAULT_FIELDS,
  type ExportFormat,
  type ExportRequest,
  type Field,
  isInMetadata,
  SORT_ATTRIBUTES,
  type SortAttribute,
} from '../domain/export-request.ts'
import { Failure } from '../domain/failure.ts'
import { type FieldPath, parseFieldName } from '../domain/field-path.ts'
import type { Filter } from '../domain/filter.ts'
import { parseSort, type Sort } from '../domain/sort.ts'
import { parseQuery } from '../search/parse-query.ts'

/** One column of the file: where its values come from and what it is called there. */
export interface Column {
  readonly path: FieldPath
  readonly heading: string
  /**
   * Lies in the metadata of a file that can be put together again: a cell holds what ends there, be it `null`,
   * `{}` or `[]`, and nothing where the path goes on.
   */
  readonly isEnd?: true
}

/** Everything decided before the first row is read. */
export interface ExportPlan {
  readonly format: ExportFormat
  /** Users of this connection alone; absent means of all. */
  readonly connectionId?: string
  readonly limit?: number
  /** Users whom it finds; absent means all. */
  readonly filter?: Filter
  readonly columns: readonly Column[]
  readonly csv: CsvDialect
  /** Adds a column for each path at which the metadata of a chosen user ends. */
  readonly discoversMetadata: boolean
  /** Absent means the order in which users were added. */
  readonly sort?: Sort<SortAttribute>
  /** Only what changed after this moment; absent means everybody. */
  readonly since?: Date
}

export interface PlanOptions {
  readonly connectionId?: string | undefined
  /** What is exported when the request names no fields; as in the configuration. */
  readonly defaultFields?: readonly string[]
}

/** Turns a sound request into a plan. Fails with `body_invalid` when a path or the query cannot be read. */
export function planExport(request: ExportRequest, options: PlanOptions = {}): ExportPlan {
  const defaults = (options.defaultFields ?? DEFAULT_FIELDS).map((name) => ({ name }))
  const fields: NonNullable<ExportRequest['fields']> = request.fields ?? defaults
  const discoversMetadata = request.metadata_columns === 'discover'
  const sort = request.sort === undefined ? undefined : parseSort(request.sort, SORT_ATTRIBUTES)
  return {
    format: request.format,
    csv: { ...CSV_DIALECT, ...request.csv },
    columns: fields.map((field) => columnOf(field, discoversMetadata)),
    discoversMetadata,
    ...(options.connectionId === undefined ? {} : { connectionId: options.connectionId }),
    ...(request.limit === undefined ? {} : { limit: request.limit }),
    ...(request.q === undefined ? {} : { filter: filterOf(request.q) }),
    ...(sort === undefined ? {} : { sort }),
    ...(request.since === undefined ? {} : { since: new Date(request.since) }),
  }
}

function filterOf(q: string): Filter {
  const filter = parseQuery(q)
  if ('problem' in filter) throw new Failure('body_invalid', `The query cannot be read: ${filter.problem}`)
  return filter
}

// Under a name of its own a column is no part of what is put together again.
function columnOf(field: Field, discoversMetadata: boolean): Column {
  const path = pathOf(field.name)
  const isEnd = discoversMetadata && field.export_as === undefined && isInMetadata(path)
  return { path, heading: field.export_as ?? field.name, ...(isEnd ? { isEnd } : {}) }
}

function pathOf(name: string): FieldPath {
  const path = parseFieldName(name)
  if ('problem' in path)
    throw new Failure('body_invalid', `Field name cannot be read as a path: ${path.problem}`)
  return path
}
