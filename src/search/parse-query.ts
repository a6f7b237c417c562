import type { Filter } from '../domain/filter.ts'
import { QueryProblem } from './query-problem.ts'
import { QueryReader } from './query-reader.ts'

/** Auth0 answers 414 to a query that is too long, but publishes no limit. Common servers accept URLs of 8 KiB. */
export const QUERY_LENGTH_MAX = 8192

/**
 * Auth0's subset of Lucene's language (docs/filter.md). `position` counts characters from 0. No query takes more than a
 * few milliseconds: a caller must not be able to hold up the event loop.
 */
export function parseQuery(text: string): Filter | { readonly problem: string; readonly position: number } {
  try {
    checkText(text)
    return new QueryReader(text).query()
  } catch (error) {
    if (!(error instanceof QueryProblem)) throw error
    return { problem: error.message, position: [...text.slice(0, error.at)].length }
  }
}

function checkText(text: string): void {
  if (text.length > QUERY_LENGTH_MAX) {
    throw new QueryProblem(`a query has ${QUERY_LENGTH_MAX} characters at most`, QUERY_LENGTH_MAX)
  }
  // PostgreSQL accepts no such character, so no user's text has one.
  const [unstorable] = text.matchAll(/\0|\p{Surrogate}/gu)
  if (unstorable !== undefined)
    throw new QueryProblem('a NUL or half a character stands here', unstorable.index)
}
