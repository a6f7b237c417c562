/** What is wrong with a query, thrown from wherever the parser stands and caught where it was called. */
export class QueryProblem extends Error {
  readonly code = 'query_invalid'
  /** An index into the query's text. */
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.name = 'QueryProblem'
    this.at = at
  }
}
