import { dailyStats, type UserStatsDeps } from '../../flow/user-stats.ts'
import { integer, open, text } from '../../schema/build.ts'
import { defineRoute } from '../define-route.ts'

const DAY = open([], {
  date: text('Date these events occurred in ISO 8601 format.'),
  logins: integer('Number of users whose last login is on this date.'),
  signups: integer('Number of signups on this date.'),
  leaked_passwords: integer('Number of breached-password detections on this date: always 0.'),
  updated_at: text('Date and time of the last event that is known of this date, in ISO 8601 format.'),
  created_at: text('Date and time of the first event that is known of this date, in ISO 8601 format.'),
})

const EXAMPLE = [
  {
    date: '2026-01-31T00:00:00.000Z',
    logins: 120,
    signups: 7,
    leaked_passwords: 0,
    updated_at: '2026-01-31T23:58:11.203Z',
    created_at: '2026-01-31T00:02:40.017Z',
  },
]

export const getStatsDaily = defineRoute({
  method: 'GET',
  path: '/api/v2/stats/daily',
  operationId: 'get_daily',
  summary: 'Count sign-ups and last logins by day',
  scopes: ['read:stats'],
  query: open([], {
    from: text('Optional first day of the date range (inclusive) in YYYYMMDD format.'),
    to: text('Optional last day of the date range (inclusive) in YYYYMMDD format.'),
  }),
  answers: {
    200: { description: 'The days.', schema: { type: 'array', items: DAY }, example: EXAMPLE },
    400: 'A day is not valid, or the range has more than 366 days.',
    503: 'The days could not be counted within two seconds.',
  },
  handle: async ({ query: { from, to } }, deps: UserStatsDeps) => {
    const days = await dailyStats({ from, to }, deps)
    return days.map(({ date, logins, signups, firstEventAt, lastEventAt }) => ({
      date,
      logins,
      signups,
      leaked_passwords: 0,
      updated_at: lastEventAt,
      created_at: firstEventAt,
    }))
  },
})
