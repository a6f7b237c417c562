import type { Session } from '../../pg/database.ts'

interface Explained {
  readonly 'QUERY PLAN': readonly { readonly Plan: { 'Plan Rows': number; 'Total Cost': number } }[]
}

export interface Planned {
  readonly users: number
  /** In PostgreSQL's unit: about one page that is read from the start of a table to its end. */
  readonly cost: number
}

/** What PostgreSQL's planner expects of a query, which is not run. */
export async function plannedFor(session: Session, query: string): Promise<Planned> {
  const [row] = await session.query<Explained>(`explain (format json) ${query}`)
  const plan = row?.['QUERY PLAN'][0]?.Plan
  return { users: plan?.['Plan Rows'] ?? Infinity, cost: plan?.['Total Cost'] ?? Infinity }
}
