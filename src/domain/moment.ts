const MOMENT = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/

/** True if PostgreSQL and JavaScript read the text as the same time, of the years 1 to 9999. */
export function isMoment(value: string): boolean {
  const [, year, month, day] = MOMENT.exec(value) ?? []
  if (year === undefined) return false
  const milliseconds = Date.parse(value)
  // JavaScript reads February 30 as March 2. For speed, since an import checks millions, most days need no calendar.
  const isDay = Number(day) <= 28 || Number(day) <= lastDay(Number(year), Number(month))
  return isDay && milliseconds >= MOMENT_MIN && milliseconds <= MOMENT_MAX
}

// Day 0 of the next month is the last day of this one. Date.UTC takes the years 0 to 99 for 1900 to 1999, so another
// year is asked for: the calendar repeats after 400 years.
export function lastDay(year: number, month: number): number {
  return new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()
}

export const MOMENT_MIN = Date.parse('0001-01-01T00:00:00.000Z')
export const MOMENT_MAX = Date.parse('9999-12-31T23:59:59.999Z')
