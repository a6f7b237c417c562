import type { Filter } from '../domain/filter.ts'
import type { JsonObject } from '../domain/json.ts'

export interface SampleWish {
  readonly connectionId?: string
  readonly filter?: Filter
}

export interface UserSample {
  /**
   * Users at random places among all, or all of them if there are few. `onUsers` gets them in small groups, so that it
   * can let other work run in between. Fails with `reading_too_slow` if the database is too busy for a single group.
   */
  take(wish: SampleWish, onUsers: (users: readonly SampledUser[]) => Promise<void>): Promise<Sampled>
}

export interface Sampled {
  /** False if `onUsers` got all users of the wish. */
  readonly isSample: boolean
}

/** A profile as an export sees it: each attribute, and the ones that Auth0 does not name. */
export interface SampledUser {
  readonly attributes: JsonObject
  /** These objects are too large to be read: only that the user has them is known. */
  readonly unread: readonly string[]
}
