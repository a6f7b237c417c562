import { Failure } from '../domain/failure.ts'

/** Auth0's cap on what can be reached by page number, whatever there is. */
const OFFSET_RECORDS_MAX = 1000
const PER_PAGE = 50

/** What a list is asked for; the names are those on the wire. */
export interface PageQuery {
  /** From 0. */
  readonly page?: number
  readonly per_page?: number
  readonly include_totals?: boolean
  /** A checkpoint that an earlier page gave out. */
  readonly from?: string
  readonly take?: number
}

export interface OffsetPage<T> {
  readonly entries: readonly T[]
  readonly total: number
  /** How many entries lie before the page. */
  readonly start: number
  readonly limit: number
  /** The last page that there is and that may be asked for, from 0. */
  readonly lastPage: number
}

/** One page of a list by its number. Fails with `paging_invalid` when it reaches beyond the cap. */
export function offsetPage<T>(
  all: readonly T[],
  { page = 0, per_page: limit = PER_PAGE }: PageQuery,
): OffsetPage<T> {
  const start = page * limit
  if (start + limit > OFFSET_RECORDS_MAX) {
    throw new Failure(
      'paging_invalid',
      `Requesting page ${page} exceeds the allowed maximum of ${OFFSET_RECORDS_MAX} records. To fetch results beyond ${OFFSET_RECORDS_MAX}, use the checkpoint pagination method.`,
    )
  }
  const pages =
    limit === 0 ? 1 : Math.min(Math.ceil(all.length / limit), Math.floor(OFFSET_RECORDS_MAX / limit))
  const entries = all.slice(start, start + limit)
  return { entries, total: all.length, start, limit, lastPage: Math.max(pages - 1, 0) }
}

export interface CheckpointPage<T> {
  readonly entries: readonly T[]
  /** Asks for the page after this one; absent on the last. */
  readonly next?: string
}

/**
 * One page of a list by checkpoint. The checkpoint names the last entry given out; when that one is gone the
 * caller must begin again, as Auth0 says of a checkpoint it no longer knows. Fails with `paging_invalid`.
 */
export function checkpointPage<T>(
  all: readonly T[],
  idOf: (entry: T) => string,
  { from, take = PER_PAGE }: PageQuery,
): CheckpointPage<T> {
  const last = isFirstPage(from) ? undefined : Buffer.from(from, 'base64url').toString()
  const index = last === undefined ? -1 : all.findIndex((entry) => idOf(entry) === last)
  if (last !== undefined && index === -1) throw unknownCheckpoint()
  const entries = all.slice(index + 1, index + 1 + take)
  const end = entries.at(-1)
  if (end === undefined || index + 1 + take >= all.length) return { entries }
  return { entries, next: Buffer.from(idOf(end)).toString('base64url') }
}

/** Clients that keep a checkpoint in a variable send it blank at first. */
export function isFirstPage(from: string | undefined): from is undefined {
  return from === undefined || from.trim() === ''
}

export function unknownCheckpoint(): Failure {
  return new Failure(
    'paging_invalid',
    "The checkpoint ID provided in the 'from' parameter has expired or is invalid, please remove the checkpoint ID and try again",
  )
}
