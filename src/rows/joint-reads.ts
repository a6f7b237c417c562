import { type Places, placesOf } from './joint-rows.ts'
import type { FirstRows, RowPreview } from './row-preview.ts'
import type { SizeGuess } from './row-source.ts'
import type { UserCount } from './user-count.ts'
import type { UserSample } from './user-sample.ts'

export function jointSizes(places: Places<SizeGuess>): SizeGuess {
  return {
    isSmall: async (plan) => {
      const answers = await Promise.all(placesOf(plan, places).map(({ of }) => of.isSmall(plan)))
      return answers.every((isSmall) => isSmall)
    },
  }
}

export function jointCounts(places: Places<UserCount>): UserCount {
  return {
    count: async (plan, seconds) => {
      const counts = await Promise.all(placesOf(plan, places).map(({ of }) => of.count(plan, seconds)))
      const users = counts.reduce((sum, count) => sum + count.users, 0)
      return {
        users: Math.min(users, plan.limit ?? users),
        isEstimate: counts.some(({ isEstimate }) => isEstimate),
      }
    },
  }
}

/** The file of all users begins with own users. The first rows show those of the first place that has any. */
export function jointPreviews(places: Places<RowPreview>): RowPreview {
  return {
    first: async (plan, bounds) => {
      let first: FirstRows | undefined
      for (const { of } of placesOf(plan, places)) {
        const rows = await of.first(plan, bounds)
        first ??= rows
        if (rows.lines.length > 0) return rows
      }
      return first as FirstRows
    },
  }
}

export function jointSamples(places: Places<UserSample>): UserSample {
  return {
    take: async (wish, onUsers) => {
      let isSample = false
      for (const { of } of placesOf(wish, places)) {
        const sampled = await of.take(wish, onUsers)
        isSample ||= sampled.isSample
      }
      return { isSample }
    },
  }
}
