import { Failure } from '../domain/failure.ts'
import type { Filter } from '../domain/filter.ts'
import { findUnstorable } from '../domain/json.ts'
import { ATTRIBUTE_NAMES, type Attribute, isScalar, type Profile } from '../domain/profile.ts'
import { readJson } from '../domain/read-json.ts'
import { invalidQuery } from '../domain/refusal.ts'
import { parseSort, type Sort } from '../domain/sort.ts'
import { parseQuery } from '../search/parse-query.ts'
import type { ConnectionStore } from '../users/connection-store.ts'
import type { FoundUser, Place, UserFinder } from '../users/user-search.ts'
import { type CheckpointPage, isFirstPage, pageOfFound, unknownCheckpoint } from './page.ts'

export interface SearchUsersDeps {
  readonly finder: UserFinder
  readonly connections: ConnectionStore
}

export interface SearchWish {
  readonly q?: string
  readonly connection?: string
  readonly sort?: string
}

export interface UserList {
  readonly users: readonly Profile[]
  /** The users after `users`, read only when the consumer asks for them, so that memory stays bounded. */
  readonly more?: AsyncIterable<readonly Profile[]>
  readonly length: number
}

export interface OffsetPage extends UserList {
  readonly total?: number
}

/** Auth0's documentation: "You can only page through the first 1000 records". */
const OFFSET_RESULTS_MAX = 1000

export interface Offset {
  readonly page: number
  readonly perPage: number
  readonly isTotalWanted: boolean
}

/** Fails with `paging_invalid`, `query_invalid` or `search_too_slow`. */
export async function searchByOffset(
  wish: SearchWish,
  { page, perPage, isTotalWanted }: Offset,
  deps: SearchUsersDeps,
): Promise<OffsetPage> {
  if (page * perPage + perPage > OFFSET_RESULTS_MAX) {
    throw new Failure(
      'paging_invalid',
      'You can only page through the first 1000 records. See https://auth0.com/docs/users/search/v3/view-search-results-by-page#limitation',
    )
  }
  const chosen = await chosenBy(wish, deps)
  if (chosen === 'nobody') return { users: [], length: 0, ...(isTotalWanted ? { total: 0 } : {}) }
  const order = wish.sort === undefined ? {} : { order: orderOf(wish.sort) }
  const [found, total] = await Promise.all([
    perPage === 0 ? [] : deps.finder.find({ ...chosen, ...order, offset: page * perPage, limit: perPage }),
    isTotalWanted ? deps.finder.count(chosen) : undefined,
  ])
  return { ...listOf(found, deps), ...(total === undefined ? {} : { total }) }
}

/**
 * A way to all users, since paging by number ends after 1,000. The order in which users were added decides without
 * `sort`, and between users with the same sort value. If a user's sort value changes between two pages, the user may
 * come twice or not at all. Fails with `paging_invalid`, `query_invalid` or `search_too_slow`.
 */
export async function searchByCheckpoint(
  wish: SearchWish,
  { from, take }: { readonly from: string | undefined; readonly take: number },
  deps: SearchUsersDeps,
): Promise<UserList & Pick<CheckpointPage<Profile>, 'next'>> {
  const order = wish.sort === undefined ? {} : { order: orderOf(wish.sort) }
  const after = isFirstPage(from) ? {} : { after: placeOf(from, wish.sort) }
  const chosen = await chosenBy(wish, deps)
  if (chosen === 'nobody') return { users: [], length: 0 }
  const found = await deps.finder.find({ ...chosen, ...order, ...after, offset: 0, limit: take + 1 })
  const { entries, ...next } = pageOfFound(found, take, (last) => checkpointOf(last, wish.sort))
  return { ...listOf(entries, deps), ...next }
}

export async function findByEmail(email: string, deps: SearchUsersDeps): Promise<UserList> {
  return listOf(await deps.finder.findByEmail(email), deps)
}

function listOf(found: readonly FoundUser[], { finder }: SearchUsersDeps): UserList {
  const users = found.flatMap(({ profile }) => (profile === undefined ? [] : [profile]))
  const later = found.filter(({ profile }) => profile === undefined)
  return { users, length: found.length, ...(later.length === 0 ? {} : { more: finder.profiles(later) }) }
}

async function chosenBy(
  wish: SearchWish,
  { connections }: SearchUsersDeps,
): Promise<{ filter?: Filter; connectionId?: string } | 'nobody'> {
  const filter = wish.q === undefined || wish.q === '' ? {} : { filter: filterOf(wish.q) }
  if (wish.connection === undefined) return filter
  const connection = await connections.findByName(wish.connection)
  return connection === undefined ? 'nobody' : { ...filter, connectionId: connection.id }
}

function filterOf(q: string): Filter {
  const filter = parseQuery(q)
  if (!('problem' in filter)) return filter
  const problem = `Cannot read the query at position ${filter.position}: ${filter.problem}`
  throw invalidQuery(problem, 'q')
}

function orderOf(sort: string): Sort<Attribute> {
  const order = parseSort(sort, SORTABLE)
  if (order !== undefined) return order
  const problem = `Expected field:1 or field:-1, field being one of ${SORTABLE.join(', ')}`
  throw invalidQuery(problem, 'sort')
}

const SORTABLE = ATTRIBUTE_NAMES.filter(isScalar)

// Without a sort the key alone, with one a JSON array of key, sort and value, and the source if there is one. A checkpoint of another sort is refused,
// since its page would skip users.
function checkpointOf({ key, value = null, source }: FoundUser, sort: string | undefined): string {
  const place = [String(key), sort ?? null, value, ...(source === undefined ? [] : [source])]
  const text = sort === undefined && source === undefined ? String(key) : JSON.stringify(place)
  return Buffer.from(text).toString('base64url')
}

function placeOf(checkpoint: string, sort: string | undefined): Place {
  const text = Buffer.from(checkpoint, 'base64url').toString()
  const isPlain = sort === undefined && /^\d/.test(text)
  const [key, sorted = null, value, source] = isPlain ? [text] : arrayOf(text)
  if (typeof key !== 'string' || sorted !== (sort ?? null)) throw unknownCheckpoint()
  if (value !== undefined && value !== null && typeof value !== 'string') throw unknownCheckpoint()
  const ordered = sort === undefined ? {} : { value: value ?? null }
  if (typeof source === 'string' && findUnstorable(key) === undefined) return { key, source, ...ordered }
  if (!/^\d{1,18}$/.test(key)) throw unknownCheckpoint()
  return { key: BigInt(key), ...ordered }
}

function arrayOf(text: string): readonly unknown[] {
  try {
    const list: unknown = readJson(text)
    return Array.isArray(list) ? list : []
  } catch {
    return []
  }
}
