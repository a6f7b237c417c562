import { DEFAULT_FIELDS, type ExportFormat, type ExportRequest } from '../domain/export-request.ts'
import { Failure } from '../domain/failure.ts'
import { type FieldPath, parseFieldPath } from '../domain/field-path.ts'

/** One column of the file: where its values come from and what it is called there. */
export interface Column {
  readonly path: FieldPath
  readonly heading: string
}

/** Everything decided before the first row is read. */
export interface ExportPlan {
  readonly format: ExportFormat
  /** Users of this connection alone; absent means of all. */
  readonly connectionId?: string
  readonly limit?: number
  readonly columns: readonly Column[]
}

export interface PlanOptions {
  readonly connectionId?: string | undefined
  /** What is exported when the request names no fields; as in the configuration. */
  readonly defaultFields?: readonly string[]
}

/** Turns a sound request into a plan. Fails with `body_invalid` when a path cannot be read. */
export function planExport(request: ExportRequest, options: PlanOptions = {}): ExportPlan {
  const defaults = (options.defaultFields ?? DEFAULT_FIELDS).map((name) => ({ name }))
  const fields: NonNullable<ExportRequest['fields']> = request.fields ?? defaults
  return {
    format: request.format,
    columns: fields.map((field) => ({
      path: pathOf(field.name),
      heading: field.export_as ?? field.name,
    })),
    ...(options.connectionId === undefined ? {} : { connectionId: options.connectionId }),
    ...(request.limit === undefined ? {} : { limit: request.limit }),
  }
}

function pathOf(name: string): FieldPath {
  const path = parseFieldPath(name)
  if ('problem' in path)
    throw new Failure('body_invalid', `Field name cannot be read as a path: ${path.problem}`)
  return path
}
