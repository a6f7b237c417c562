import { identifier, literal } from '../pg/sql.ts'
import { momentOf } from './moment-sql.ts'
import type { Look } from './preset.ts'

// A deployment names its own columns as it likes, and Muster cannot know what they hold. So a column is left out if its
// name may be that of a secret.
const MAYBE_SECRET =
  /passw|passphrase|pwd|hash|secret|token|salt|recover|backup|otp|mfa|private|credential|encrypted|verifier|api_?key|(?:^|_)pin(?:$|_|[A-Z])/i

/** Columns that a deployment added to a product's table. `known` are the product's own, whether a preset reads them or not. */
export function addedColumns(look: Look, name: string, known: ReadonlySet<string>): readonly string[] {
  return look
    .columns(name)
    .filter(
      (column) => !known.has(column) && !MAYBE_SECRET.test(column) && look.type(name, column) !== 'bytea',
    )
}

/** SQL of a jsonb object of those columns that have a value. Null if there is none. `alias` is the table's in the query. */
export function objectOfColumns(look: Look, name: string, alias: string, columns: readonly string[]): string {
  if (columns.length === 0) return 'null::jsonb'
  const pairs = columns.map((column) => {
    const sql = `${alias}.${identifier(column)}`
    const type = look.type(name, column) ?? ''
    return `(${literal(column)}, to_jsonb(${type.startsWith('timestamp') ? momentOf(type, sql) : sql}))`
  })
  return `(select jsonb_object_agg(name, value) from (values ${pairs.join(', ')}) as added (name, value) where value is not null)`
}
