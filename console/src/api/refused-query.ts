import { texts } from '../texts/texts.ts'

const QUERY = /^Cannot read the query at position (\d+): (.*)$/s

export interface RefusedQuery {
  /** Counted in characters from 0. */
  readonly position?: number
  readonly message: string
}

/** What the server says of a query that it cannot read. */
export function refusedQuery(problem: string): RefusedQuery {
  const [, position, message = problem] = QUERY.exec(problem) ?? []
  return position === undefined ? { message } : { position: Number(position), message }
}

/** For the person who typed the query. */
export function sentenceOfQuery({ position, message }: RefusedQuery): string {
  return position === undefined ? message : texts.newExport.filter.position(position, message)
}
