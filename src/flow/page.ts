import { Failure } from '../domain/failure.ts'

/** Auth0 lets clients reach only the first 1,000 entries by page number. */
const OFFSET_RECORDS_MAX = 1000
const PER_PAGE = 50

/** The names are those of the query parameters, so that the parameters are passed on as they are. */
export interface PageQuery {
  readonly page?: number
  readonly per_page?: number
  readonly include_totals?: boolean
  readonly from?: string
  readonly take?: number
}

export interface OffsetPage<T> {
  readonly entries: readonly T[]
  readonly total: number
  readonly start: number
  readonly limit: number
  /** Pages that exist but may not be requested are not counted, or the link `last` would fail. From 0. */
  readonly lastPage: number
}

/** Fails with `paging_invalid` if the page is beyond Auth0's limit. */
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
  readonly next?: string
}

/**
 * The checkpoint is the id of the last entry on the page before. Fails with `paging_invalid` if this entry is gone. The
 * client must then begin again, as with a checkpoint that Auth0 no longer knows.
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

/** `found` has one more than the page holds if another page follows. */
export function pageOfFound<T>(
  found: readonly T[],
  take: number,
  checkpointOf: (last: T) => string,
): CheckpointPage<T> {
  const entries = found.slice(0, take)
  const last = entries.at(-1)
  return last === undefined || found.length <= take ? { entries } : { entries, next: checkpointOf(last) }
}

/** Some clients send an empty `from` for the first page. */
export function isFirstPage(from: string | undefined): from is undefined {
  return from === undefined || from.trim() === ''
}

export function unknownCheckpoint(): Failure {
  return new Failure(
    'paging_invalid',
    "The checkpoint ID provided in the 'from' parameter has expired or is invalid, please remove the checkpoint ID and try again",
  )
}
