import type { Filter } from '../domain/filter.ts'
import type { Attribute, Profile } from '../domain/profile.ts'
import type { Sort } from '../domain/sort.ts'

/** Which users are wanted, and which of them are shown. */
export interface UserSearch {
  /** Absent means everybody. */
  readonly filter?: Filter
  readonly connectionId?: string
  /** Absent means the order in which users were added; it also decides among equals. */
  readonly order?: Sort<Attribute>
  /** Only users behind this place in the order. */
  readonly after?: Place
  readonly offset: number
  readonly limit: number
}

/** Where a user stands: by the value of the order, if there is one, and among equals in the order in which users were added. */
export interface Place {
  readonly key: bigint
  /** As text; null for a user who has none. Absent without an order. */
  readonly value?: string | null
}

/** A user, and its place. */
export interface FoundUser extends Place {
  /** Of the profile as JSON, about. */
  readonly bytes: number
  /** Absent where the users before it are as much as is read at once: `profiles` reads it. */
  readonly profile?: Profile
}

/** Finds users. Every method fails with `database_unavailable`, and with `search_too_slow` after ten seconds. */
export interface UserFinder {
  find(search: UserSearch): Promise<readonly FoundUser[]>
  /** How many there are in all, whatever the offset and the limit. */
  count(search: Pick<UserSearch, 'filter' | 'connectionId'>): Promise<number>
  /** Everybody who has this address, in whichever letters and connection. */
  findByEmail(email: string): Promise<readonly FoundUser[]>
  /** The profiles of these users in their order, as many at once as may be. A user who is gone meanwhile is passed over. */
  profiles(users: readonly FoundUser[]): AsyncIterable<readonly Profile[]>
}
