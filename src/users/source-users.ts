import type { Profile } from '../domain/profile.ts'
import { failIfAway, reachable } from './joint-finder.ts'
import { readOnly } from './source-connections.ts'
import type { SourceFinder } from './source-finder.ts'
import type { UserStore } from './user-store.ts'

/** Finds users of sources too. A change of one is refused with `operation_unsupported`. */
export function withSourceUsers(store: UserStore, sources: readonly SourceFinder[]): UserStore {
  if (sources.length === 0) return store
  const findElsewhere = async (userId: string): Promise<Profile | undefined> => {
    const there = await reachable(sources)
    for (const finder of there) {
      const found = await finder.findById(userId)
      if (found !== undefined) return found
    }
    await failIfAway(sources, there)
    return undefined
  }
  return {
    ...store,
    find: async (userId) => (await store.find(userId)) ?? findElsewhere(userId),
    change: async (userId, change) => {
      const changed = await store.change(userId, change)
      if (changed === undefined && (await findElsewhere(userId)) !== undefined) throw readOnly()
      return changed
    },
    remove: async (userId) => {
      const isRemoved = await store.remove(userId)
      if (!isRemoved && (await findElsewhere(userId)) !== undefined) throw readOnly()
      return isRemoved
    },
  }
}
