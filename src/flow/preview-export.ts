import { Failure } from '../domain/failure.ts'
import { allOwned } from '../domain/lent.ts'
import { invalidBody } from '../domain/refusal.ts'
import { FORMATS } from '../formats/formats.ts'
import { type ExportPlan, planExport } from '../plan/export-plan.ts'
import type { FirstRows, RowPreview } from '../rows/row-preview.ts'
import { type CheckOrderDeps, checkOrder, type ExportOrder } from './check-order.ts'

export interface PreviewExportDeps extends CheckOrderDeps {
  readonly previews: RowPreview
  readonly defaultFields: readonly string[]
}

export interface Preview {
  readonly format: ExportPlan['format']
  readonly columns: readonly string[]
  /** Lines of users, and of deletions if the format names them. */
  readonly users: number
  /** What the file has before it is compressed, from its first byte. */
  readonly text: string
  readonly isCut: boolean
}

const ROWS = 10
const TEXT_BYTES_MAX = 1024 * 1024
const PREVIEW_SECONDS = 1.8

/**
 * The beginning of the file that the export would make, without a job. Fails as `requestExport` does, and with
 * `reading_too_slow`.
 */
export async function previewExport(order: ExportOrder, deps: PreviewExportDeps): Promise<Preview> {
  const { connection } = await checkOrder(order, deps)
  const plan = planExport(order.request, { connectionId: connection?.id, defaultFields: deps.defaultFields })
  refuseUnknownColumns(order, plan, deps)
  const bounds = { rows: ROWS, bytes: TEXT_BYTES_MAX, seconds: PREVIEW_SECONDS }
  const first = await firstOf(plan, deps.previews.first(plan, bounds))
  const columns = first.columns.map(({ heading }) => heading)
  const text = await textOf(plan, columns, first.lines)
  return { format: plan.format, columns, users: first.lines.length, text, isCut: first.isCut }
}

// A preview reads one database after another, and none of them knows the columns of the others.
function refuseUnknownColumns(
  { connectionId }: ExportOrder,
  { discoversMetadata }: ExportPlan,
  { sources = [] }: PreviewExportDeps,
): void {
  if (!discoversMetadata || connectionId !== undefined || sources.length === 0) return
  throw invalidBody(
    'A preview of the users of several databases cannot discover columns: name a connection_id, or leave this out. The export can',
    'metadata_columns',
  )
}

// A job fails with this code. Here the client can change the request at once.
async function firstOf(plan: ExportPlan, first: Promise<FirstRows>): Promise<FirstRows> {
  try {
    return await first
  } catch (error) {
    if (error instanceof Failure && error.code === 'columns_too_many')
      throw invalidBody(error.message, plan.discoversMetadata ? 'metadata_columns' : 'fields')
    throw error
  }
}

async function textOf(
  plan: ExportPlan,
  headings: readonly string[],
  lines: readonly string[],
): Promise<string> {
  const { rows } = FORMATS[plan.format]
  switch (rows.kind) {
    case 'lines': {
      const chunks: Uint8Array[] = [Buffer.from(rows.head(headings, plan.csv))]
      for await (const { bytes, release } of rows.finish(allOwned([Buffer.from(lines.join(''))]))) {
        chunks.push(Buffer.from(bytes))
        release()
      }
      return Buffer.concat(chunks).toString()
    }
    default:
      return rows.kind satisfies never
  }
}
