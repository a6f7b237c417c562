import type { Filter } from '../domain/filter.ts'
import type { Attribute, Profile } from '../domain/profile.ts'
import type { Sort } from '../domain/sort.ts'

export interface UserSearch {
  readonly filter?: Filter
  readonly connectionId?: string
  /**
   * If absent, the order in which users were added. This order also decides between equal values, so that pages do not
   * overlap.
   */
  readonly order?: Sort<Attribute>
  readonly after?: Place
  readonly offset: number
  readonly limit: number
}

export interface Place {
  /** A number for Muster's own users, and a text for those of a source. */
  readonly key: bigint | string
  readonly value?: string | null
  /** The name of the source. Absent for Muster's own users. */
  readonly source?: string
}

export interface FoundUser extends Place {
  readonly bytes: number
  /** Absent if the users before it are large already. Then `profiles` reads it, so that memory stays bounded. */
  readonly profile?: Profile
}

/**
 * Every method fails with `database_unavailable` if the database cannot be reached. With an external PostgreSQL, `find`
 * and `count` fail with `search_too_slow` after ten seconds.
 */
export interface UserFinder {
  find(search: UserSearch): Promise<readonly FoundUser[]>
  count(search: Pick<UserSearch, 'filter' | 'connectionId'>): Promise<number>
  findByEmail(email: string): Promise<readonly FoundUser[]>
  /** In the given order, in parts, so that memory stays bounded. Skips users who were removed meanwhile. */
  profiles(users: readonly FoundUser[]): AsyncIterable<readonly Profile[]>
}
