import type { Stopwatch } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import { inTime } from '../domain/in-time.ts'
import type { ExportPlan } from '../plan/export-plan.ts'
import { type Place, type Places, placesOf } from './joint-rows.ts'
import type { FirstRows, PreviewBounds, RowPreview } from './row-preview.ts'
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

// A database needs this long to end its own read. If it does not answer at all, the preview does not wait longer.
const GRACE_SECONDS = 0.2

/**
 * The file of all users begins with own users, and goes on with those of the sources. `bounds.seconds` is for all
 * databases together.
 */
export function jointPreviews(places: Places<RowPreview>, stopwatch: Stopwatch): RowPreview {
  return {
    first: async (plan, bounds) => {
      const reading = firstOfAll(placesOf(plan, places), { plan, bounds, stopwatch })
      const first = await inTime<FirstRows | undefined>(
        reading,
        bounds.seconds + GRACE_SECONDS,
        () => undefined,
      )
      if (first === undefined) throw tooSlow(bounds)
      return first
    },
  }
}

interface PreviewWish {
  readonly plan: ExportPlan
  readonly bounds: PreviewBounds
  readonly stopwatch: Stopwatch
}

async function firstOfAll(
  [{ of: own }, ...others]: readonly [Place<RowPreview>, ...Place<RowPreview>[]],
  { plan, bounds, stopwatch }: PreviewWish,
): Promise<FirstRows> {
  const endAt = stopwatch.seconds() + bounds.seconds
  const first = await own.first(plan, bounds)
  let { lines, isCut } = first
  for (const { of } of others) {
    const rows = Math.min(bounds.rows, plan.limit ?? bounds.rows) - lines.length
    if (rows <= 0 || isCut) break
    const bytes = bounds.bytes - lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0)
    const seconds = endAt - stopwatch.seconds()
    if (seconds <= 0) throw tooSlow(bounds)
    const more = await of.first(plan, { rows, bytes, seconds }).catch((error: unknown) => {
      // Its message has the seconds that were left.
      throw isTooSlow(error) ? tooSlow(bounds, error) : error
    })
    lines = [...lines, ...more.lines]
    isCut = more.isCut
  }
  return { columns: first.columns, lines, isCut }
}

function isTooSlow(error: unknown): boolean {
  return error instanceof Failure && error.code === 'reading_too_slow'
}

function tooSlow({ seconds }: PreviewBounds, cause?: unknown): Failure {
  const problem = `The databases together took longer than ${seconds} seconds`
  return new Failure('reading_too_slow', `${problem}: ask for a preview of one connection, or export.`, {
    cause,
  })
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
