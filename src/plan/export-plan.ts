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
import { given } from '../domain/given.ts'
import { parseSort, type Sort } from '../domain/sort.ts'
import { parseQuery } from '../search/parse-query.ts'

export interface Column {
  readonly path: FieldPath
  readonly heading: string
  /**
   * A column of metadata from which an import makes the same metadata again. A cell holds only a value that ends at the
   * path: a scalar, `null`, `{}` or `[]`. If the path goes on for a user, other columns hold the values.
   */
  readonly isEnd?: true
}

/**
 * Decided before the first user is read, so that a wrong request fails early. An absent `connectionId`, `filter` or
 * `since` means all users.
 */
export interface ExportPlan {
  readonly format: ExportFormat
  readonly connectionId?: string
  readonly limit?: number
  readonly filter?: Filter
  readonly columns: readonly Column[]
  readonly csv: CsvDialect
  readonly discoversMetadata: boolean
  readonly sort?: Sort<SortAttribute>
  readonly since?: Date
  /** With `since`: deleted users are left out. */
  readonly ignoresDeletions?: true
}

export interface PlanOptions {
  readonly connectionId?: string | undefined
  readonly defaultFields?: readonly string[]
}

/** Fails with `body_invalid` if a path or the query cannot be read. */
export function planExport(request: ExportRequest, options: PlanOptions = {}): ExportPlan {
  const defaults = (options.defaultFields ?? DEFAULT_FIELDS).map((name) => ({ name }))
  const fields: NonNullable<ExportRequest['fields']> = request.fields ?? defaults
  const discoversMetadata = request.metadata_columns === 'discover'
  return given({
    format: request.format,
    csv: { ...CSV_DIALECT, ...request.csv },
    columns: fields.map((field) => columnOf(field, discoversMetadata)),
    discoversMetadata,
    connectionId: options.connectionId,
    limit: request.limit,
    filter: request.q === undefined ? undefined : filterOf(request.q),
    sort: request.sort === undefined ? undefined : parseSort(request.sort, SORT_ATTRIBUTES),
    since: request.since === undefined ? undefined : new Date(request.since),
    ignoresDeletions: request.deletions === undefined ? undefined : true,
  })
}

function filterOf(q: string): Filter {
  const filter = parseQuery(q)
  if ('problem' in filter) throw new Failure('body_invalid', `The query cannot be read: ${filter.problem}`)
  return filter
}

// A heading of the caller's own is not a path, so an import cannot make metadata from the column.
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
