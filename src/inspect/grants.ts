import type { TableColumns } from './source-report.ts'

/** What a role needs. All names are quoted where SQL needs it. */
export interface Needs {
  readonly database: string
  readonly schemas: readonly string[]
  readonly tables: readonly TableColumns[]
  /** Row-level security would hide rows from the role. */
  readonly bypassesRowSecurity: boolean
}

/** The statements that give a role what it needs. */
export function grantsFor(
  role: string,
  { schemas, tables, bypassesRowSecurity }: Omit<Needs, 'database'>,
): readonly string[] {
  return [
    ...schemas.map((schema) => `GRANT USAGE ON SCHEMA ${schema} TO ${role};`),
    ...tables.map(
      ({ table, columns }) =>
        `GRANT SELECT${columns.length === 0 ? '' : ` (${columns.join(', ')})`} ON ${table} TO ${role};`,
    ),
    ...(bypassesRowSecurity ? [`ALTER ROLE ${role} BYPASSRLS;`] : []),
  ]
}

const MINIMAL_ROLE = 'muster_reader'

/** The statements that make a new role which has what it needs, and nothing else. */
export function minimalRole(needs: Needs): readonly string[] {
  return [
    `CREATE ROLE ${MINIMAL_ROLE} LOGIN PASSWORD '…';`,
    `GRANT CONNECT ON DATABASE ${needs.database} TO ${MINIMAL_ROLE};`,
    ...grantsFor(MINIMAL_ROLE, needs),
  ]
}
