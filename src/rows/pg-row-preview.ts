import type { Briefly, BriefSession } from '../pg/briefly.ts'
import type { ExportPlan } from '../plan/export-plan.ts'
import type { Relation } from '../relations/relation.ts'
import { discoverColumns } from './pg/discover-columns.ts'
import { firstKeys } from './pg/first-keys.ts'
import { KEYS_PER_PIECE } from './pg/key-pieces.ts'
import { metadataAtOnce, metadataInTurns } from './pg/metadata-of-users.ts'
import type { Range } from './pg/range.ts'
import { lineOf } from './pg/ranges.ts'
import { bindSettings, type Selection, selectionOf } from './pg/selection.ts'
import { sinceOf } from './pg/since.ts'
import type { FirstRows, PreviewBounds, RowPreview } from './row-preview.ts'

const ADVICE =
  'ask for a preview of fewer users, by a narrower query, without a sort or without metadata_columns, or export them.'
/**
 * The lines are made by the SQL of an export. It records no timestamp, since no later export goes on from a preview, and
 * it reads no replica.
 */
export function pgRowPreview(briefly: Briefly, relation: Relation): RowPreview {
  return {
    first: (plan, bounds) =>
      briefly.run({ seconds: bounds.seconds, advice: ADVICE }, async (session) => {
        const selection = selectionOf({ plan, relation }, await sinceOf(session, { plan, relation }))
        await session.prepare((within) => bindSettings(within, selection))
        const asked = { plan, selection, bounds }
        const columns = await columnsOf(session, asked, briefly.isInTurns)
        // In the file, deletions come first.
        const gone = await deletionsOf(session, asked)
        const users = Math.min(bounds.rows - gone.length, plan.limit ?? Number.POSITIVE_INFINITY)
        const keys = await firstKeys(session, { plan, selection, users }, briefly.isInTurns)
        const left = bounds.bytes - gone.reduce((sum, line) => sum + Buffer.byteLength(line), 0)
        const line = lineOf({ plan, relation }, columns)
        const lines = keys.length === 0 ? [] : await linesOf(session, { line, relation, keys, bytes: left })
        return firstRows(columns, [...gone, ...lines])
      }),
  }
}

interface Asked {
  readonly plan: ExportPlan
  readonly selection: Selection
  readonly bounds: PreviewBounds
}

async function columnsOf(session: BriefSession, { plan, selection }: Asked, isInTurns: boolean) {
  if (!plan.discoversMetadata) return plan.columns
  const selects = isInTurns
    ? await metadataInTurns(session, { plan, usersPerRange: KEYS_PER_PIECE }, selection)
    : [metadataAtOnce(plan, selection)]
  return discoverColumns(session, plan.columns, selects)
}

async function deletionsOf(session: BriefSession, { selection, bounds }: Asked): Promise<readonly string[]> {
  const { deletions } = selection
  return deletions === undefined ? [] : linesOfDeletions(session, deletions, bounds.rows)
}

async function linesOfDeletions(session: BriefSession, deletions: Range, rows: number): Promise<string[]> {
  const found = await session.query<{ line: string }>(
    `select line from (${deletions.lines} limit ${rows}) as told (line, users)`,
  )
  return found.map(({ line }) => line)
}

interface Wanted {
  readonly line: string
  readonly relation: Relation
  readonly keys: readonly string[]
  readonly bytes: number
}

/** A line may be as large as 500 profiles, so the database leaves out what is too large. `offset 0`: made only once. */
async function linesOf(
  session: BriefSession,
  { line, relation, keys, bytes }: Wanted,
): Promise<readonly (string | null)[]> {
  const { key, from } = relation
  const rows = await session.query<{ line: string | null }>(
    `select case when total <= ${bytes} then line end as line from (
       select line, place, sum(octet_length(line)) over (order by place) as total from (
         select ${line} as line, array_position($1::${key.type}[], ${key.sql}) as place
         from ${from} where ${key.sql} = any($1::${key.type}[]) offset 0
       ) as lines
     ) as sized order by place`,
    [keys],
  )
  return rows.map((row) => row.line)
}

function firstRows(columns: FirstRows['columns'], lines: readonly (string | null)[]): FirstRows {
  const whole = lines.filter((line) => line !== null)
  return { columns, lines: whole, isCut: whole.length < lines.length }
}
