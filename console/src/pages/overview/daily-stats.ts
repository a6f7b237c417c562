import { useQuery } from '@tanstack/react-query'
import { dataOf } from '../../api/client.ts'
import { useApi, useMay } from '../../api/session.tsx'

export interface Day {
  /** The beginning of the day in UTC. */
  readonly date: string
  readonly logins: number
  readonly signups: number
}

const DAY_MILLISECONDS = 86_400_000

/** The last `days` days up to today, without gaps. */
export function useDailyStats(days: number) {
  const api = useApi()
  const may = useMay('read:stats')
  return useQuery({
    queryKey: ['stats', days],
    enabled: may,
    staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const dates = lastDays(days, Date.now())
      const query = { from: compact(dates[0] ?? ''), to: compact(dates.at(-1) ?? '') }
      const found = await dataOf(api.GET('/api/v2/stats/daily', { params: { query }, signal }))
      return filled(dates, found)
    },
  })
}

/** As 2026-01-31, in UTC. */
function lastDays(days: number, now: number): readonly string[] {
  return Array.from({ length: days }, (_, at) =>
    new Date(now - (days - 1 - at) * DAY_MILLISECONDS).toISOString().slice(0, 10),
  )
}

function compact(date: string): string {
  return date.replaceAll('-', '')
}

/** A day on which nothing happened may be absent in the answer. A line through its neighbors would say something else. */
function filled(
  dates: readonly string[],
  found: readonly { readonly date?: string; readonly logins?: number; readonly signups?: number }[],
): readonly Day[] {
  const known = new Map(found.map((day) => [day.date?.slice(0, 10), day]))
  return dates.map((date) => {
    const day = known.get(date)
    return { date, logins: day?.logins ?? 0, signups: day?.signups ?? 0 }
  })
}
