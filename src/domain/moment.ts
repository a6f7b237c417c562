const MOMENT = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/

/** An ISO 8601 time with its zone that PostgreSQL and JavaScript read alike: of the years 1 to 9999. */
export function isMoment(value: string): boolean {
  const [, year, month, day] = MOMENT.exec(value) ?? []
  if (year === undefined) return false
  const milliseconds = Date.parse(value)
  // JavaScript would read February 30 as March. Most days are in every month, and imports ask for millions.
  const isDay = Number(day) <= 28 || Number(day) <= lastDay(Number(year), Number(month))
  return isDay && milliseconds >= MOMENT_MIN && milliseconds <= MOMENT_MAX
}

// Day 0 of the next month is this month's last; years repeat after 400, and Date.UTC takes 0 to 99 for others.
function lastDay(year: number, month: number): number {
  return new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()
}

const MOMENT_MIN = Date.parse('0001-01-01T00:00:00.000Z')
const MOMENT_MAX = Date.parse('9999-12-31T23:59:59.999Z')
