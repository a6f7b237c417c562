import type { Profile } from '../domain/profile.ts'
import type { Source } from '../relations/source.ts'
import type { UserFinder } from './user-search.ts'

/** Each method fails with `source_unavailable`, `source_unusable` or `search_too_slow`. */
export interface SourceFinder extends UserFinder {
  readonly source: Source
  findById(userId: string): Promise<Profile | undefined>
}
