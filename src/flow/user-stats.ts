import { addSeconds, type Clock } from '../domain/clock.ts'
import { invalidQuery } from '../domain/refusal.ts'
import type { Events, Span, UserStats } from '../users/user-stats.ts'

export interface UserStatsDeps {
  readonly stats: UserStats
  readonly clock: Clock
}

export interface DaysWish {
  /** `YYYYMMDD`. Both days belong to the span. */
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** Timestamps are in ISO 8601. A day is one of UTC. */
export interface DayStats {
  readonly date: string
  readonly logins: number
  readonly signups: number
  readonly firstEventAt: string
  readonly lastEventAt: string
}

const DAY_SECONDS = 24 * 3600
const DAYS_DEFAULT = 30
const ACTIVE_DAYS = 30
// Each day is a look into two indexes.
const DAYS_MAX = 366

/**
 * Sign-ups and logins of each day, also of days without any. Only the last login of a user is known, so a login counts
 * until the user logs in again. Fails with `query_invalid` or `reading_too_slow`.
 */
export async function dailyStats(
  wish: DaysWish,
  { stats, clock }: UserStatsDeps,
): Promise<readonly DayStats[]> {
  const spans = daysOf(wish, clock.now())
  const { created_at: signups, last_login: logins } = await stats.count(['created_at', 'last_login'], spans)
  return spans.map(({ from }, index) => dayOf(from, signups[index], logins[index]))
}

/** How many users have logged in during the last 30 days. */
export async function activeUsers({ stats, clock }: UserStatsDeps): Promise<number> {
  const since = addSeconds(clock.now(), -ACTIVE_DAYS * DAY_SECONDS)
  // A login may have a timestamp ahead of this clock, so the last span has a day more.
  const { last_login: logins } = await stats.count(['last_login'], spansFrom(since, ACTIVE_DAYS + 1))
  return logins.reduce((sum, { count }) => sum + count, 0)
}

function dayOf(date: string, signups: Events = { count: 0 }, logins: Events = { count: 0 }): DayStats {
  const firsts = [signups.first, logins.first].filter((first) => first !== undefined).sort()
  const lasts = [signups.last, logins.last].filter((last) => last !== undefined).sort()
  return {
    date,
    logins: logins.count,
    signups: signups.count,
    firstEventAt: firsts[0] ?? date,
    lastEventAt: lasts.at(-1) ?? date,
  }
}

function daysOf({ from, to }: DaysWish, now: Date): Span[] {
  const today = new Date(now.toISOString().slice(0, 10))
  const last = to === undefined ? today : dayIn(to, 'to')
  const first = from === undefined ? addSeconds(last, (1 - DAYS_DEFAULT) * DAY_SECONDS) : dayIn(from, 'from')
  const days = Math.round((last.getTime() - first.getTime()) / (DAY_SECONDS * 1000)) + 1
  if (days < 1) throw invalidQuery('The first day is after the last', 'from')
  if (days > DAYS_MAX) throw invalidQuery(`${days} days, maximum ${DAYS_MAX}`, 'from')
  return spansFrom(first, days)
}

function spansFrom(first: Date, days: number): Span[] {
  return Array.from({ length: days }, (_, day) => ({
    from: addSeconds(first, day * DAY_SECONDS).toISOString(),
    before: addSeconds(first, (day + 1) * DAY_SECONDS).toISOString(),
  }))
}

function dayIn(text: string, property: 'from' | 'to'): Date {
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)$/.exec(text) ?? []
  const date = new Date(`${year}-${month}-${day}T00:00:00.000Z`)
  const isDay = !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === `${year}-${month}-${day}`
  // Before the year 1, and after 9999, timestamps of profiles have another form.
  if (!isDay || year === '0000')
    throw invalidQuery(`Not a day such as 20260131: ${text.slice(0, 40)}`, property)
  return date
}
