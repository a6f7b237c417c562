const QUERY = /^Cannot read the query at position (\d+): (.*)$/s

/** What the server says of a query that it cannot read. The position is counted in characters from 0. */
export function refusedQuery(problem: string): { readonly position?: number; readonly message: string } {
  const [, position, message = problem] = QUERY.exec(problem) ?? []
  return position === undefined ? { message } : { position: Number(position), message }
}
