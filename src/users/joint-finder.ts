import { Failure } from '../domain/failure.ts'
import { ATTRIBUTES } from '../domain/profile.ts'
import type { SourceFinder } from './source-finder.ts'
import type { FoundUser, UserFinder, UserSearch } from './user-search.ts'

interface Place {
  /** Null for Muster's own users. */
  readonly source: string | null
  readonly finder: UserFinder
}

/**
 * Muster's own users, then those of the sources in the order of their names. A search without a connection leaves out
 * sources that are down, so that one of them does not stop all searches.
 */
export function jointFinder(own: UserFinder, sources: readonly SourceFinder[]): UserFinder {
  const ownPlace: Place = { source: null, finder: own }
  const placesFor = async (connectionId: string | undefined): Promise<readonly Place[]> => {
    if (connectionId === undefined) return [ownPlace, ...(await reachable(sources)).map(placeOf)]
    const found = sources.find(({ source }) => source.connectionId === connectionId)
    return [found === undefined ? ownPlace : placeOf(found)]
  }
  return {
    find: async (search) => {
      const places = await placesFor(search.connectionId)
      if (places.length === 1) return findIn(places[0] as Place, search)
      return search.order === undefined ? findInTurn(places, search) : findMerged(places, search)
    },
    count: async (search) => {
      const places = await placesFor(search.connectionId)
      const counts = await Promise.all(places.map(({ finder }) => finder.count(search)))
      return counts.reduce((sum, count) => sum + count, 0)
    },
    findByEmail: async (email) => {
      const there = await reachable(sources)
      const lists = await Promise.all([own, ...there].map((finder) => finder.findByEmail(email)))
      const found = lists.flat()
      if (found.length === 0) await failIfAway(sources, there)
      return found
    },
    profiles: (users) => own.profiles(users),
  }
}

/** Fails with the failure of a source that is down: it may have the user that was not found elsewhere. */
export async function failIfAway(
  sources: readonly SourceFinder[],
  there: readonly SourceFinder[],
): Promise<void> {
  for (const finder of sources) if (!there.includes(finder)) await finder.source.users()
}

export async function reachable(sources: readonly SourceFinder[]): Promise<readonly SourceFinder[]> {
  const states = await Promise.all(sources.map(({ source }) => source.state()))
  return sources.filter((_, index) => states[index]?.kind === 'reachable')
}

function placeOf(finder: SourceFinder): Place {
  return { source: finder.source.name, finder }
}

async function findIn({ source, finder }: Place, search: UserSearch): Promise<readonly FoundUser[]> {
  const found = await finder.find(search)
  return source === null ? found : found.map((user) => ({ ...user, source }))
}

async function findInTurn(places: readonly Place[], search: UserSearch): Promise<readonly FoundUser[]> {
  const found: FoundUser[] = []
  const { after, ...others } = search
  const start = after === undefined ? 0 : places.findIndex(({ source }) => source === (after.source ?? null))
  // The source may have gone since the page before.
  if (start === -1)
    throw new Failure('paging_invalid', 'The checkpoint is of a source that cannot be read now.')
  let { offset } = search
  for (const [index, place] of places.entries()) {
    if (index < start) continue
    const limit = search.limit - found.length
    if (limit <= 0) break
    const from = index === start && after !== undefined ? { after } : {}
    const here = await findIn(place, { ...others, ...from, offset, limit })
    found.push(...here)
    if (here.length > 0) offset = 0
    else if (offset > 0) offset -= Math.min(offset, await place.finder.count(search))
  }
  return found
}

// Only for pages by number, which end after 1,000 users.
async function findMerged(places: readonly Place[], search: UserSearch): Promise<readonly FoundUser[]> {
  const { order, offset, limit, after } = search
  if (order === undefined || after !== undefined)
    throw new Failure(
      'paging_invalid',
      'Users of several databases cannot be sorted page by checkpoint: name a connection, leave sort out, or page by number',
    )
  const lists = await Promise.all(
    places.map((place) => findIn(place, { ...search, offset: 0, limit: offset + limit })),
  )
  const isNumber = ATTRIBUTES[order.attribute].kind === 'integer'
  const sign = order.direction === 'ascending' ? 1 : -1
  const isFirst = (a: FoundUser, b: FoundUser): boolean => {
    if (b.value == null) return true
    if (a.value == null) return false
    return isNumber ? sign * (Number(a.value) - Number(b.value)) <= 0 : sign * compare(a.value, b.value) <= 0
  }
  const heads = lists.map(() => 0)
  const merged: FoundUser[] = []
  while (merged.length < offset + limit) {
    let best: number | undefined
    for (const [index, list] of lists.entries()) {
      const user = list[heads[index] ?? 0]
      const leader = best === undefined ? undefined : lists[best]?.[heads[best] ?? 0]
      if (user !== undefined && (leader === undefined || !isFirst(leader, user))) best = index
    }
    if (best === undefined) break
    merged.push(lists[best]?.[heads[best] ?? 0] as FoundUser)
    heads[best] = (heads[best] ?? 0) + 1
  }
  return merged.slice(offset)
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))
