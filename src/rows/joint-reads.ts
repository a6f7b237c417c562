import { type Places, placesOf } from './joint-rows.ts'
import type { RowPreview } from './row-preview.ts'
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

/** The file of all users begins with own users, and goes on with those of the sources. */
export function jointPreviews(places: Places<RowPreview>): RowPreview {
  return {
    first: async (plan, bounds) => {
      const [{ of: own }, ...others] = placesOf(plan, places)
      const first = await own.first(plan, bounds)
      let { lines, isCut } = first
      for (const { of } of others) {
        const users = Math.min(bounds.rows, plan.limit ?? bounds.rows) - lines.length
        if (users <= 0 || isCut) break
        const bytes = bounds.bytes - lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0)
        const more = await of.first(plan, { ...bounds, rows: users, bytes })
        lines = [...lines, ...more.lines]
        isCut = more.isCut
      }
      return { columns: first.columns, lines, isCut }
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
