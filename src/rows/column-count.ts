import { Failure } from '../domain/failure.ts'

// A table of PostgreSQL has no more columns than this, and the SQL of a line grows with each column.
export const COLUMNS_MAX = 1600

/** Fails with `columns_too_many`. */
export function checkCount(columns: number): void {
  if (columns <= COLUMNS_MAX) return
  throw new Failure(
    'columns_too_many',
    `The metadata of the chosen users makes more than ${COLUMNS_MAX} columns, the most that a file can have. Name those of interest in fields, choose fewer users, or ask for format json.`,
  )
}
