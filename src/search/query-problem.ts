/** A mistake of the caller. The parser throws it at any depth, and only parse-query.ts catches it. */
export class QueryProblem extends Error {
  readonly code = 'query_invalid'
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.name = 'QueryProblem'
    this.at = at
  }
}
