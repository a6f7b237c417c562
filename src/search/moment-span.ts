import { lastDay, MOMENT_MAX, MOMENT_MIN } from '../domain/moment.ts'

export interface Span {
  readonly from: string
  readonly before: string
}

// Auth0 and Elasticsearch accept dates of any precision, from a year to milliseconds.
const DATE =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/

/**
 * `2017`, `2017-11`, `2017-11-02`, `2017-11-02T10:30Z`, … as UTC, unless it has a zone. Undefined if the text is no
 * such date. Digits after milliseconds are cut off, since no user's timestamp has them.
 */
export function momentSpan(text: string): Span | undefined {
  const [, year, month, day, hour, minute, second, fraction, zone] = DATE.exec(text) ?? []
  if (year === undefined || Number(year) === 0) return undefined
  const given = [year, month, day, hour, minute, second, fraction].indexOf(undefined)
  const fields = [year, month, day, hour, minute, second].map((digits, index) =>
    digits === undefined ? FIRST[index] : Number(digits),
  ) as Fields
  if (!isInCalendar(fields)) return undefined
  const offset = offsetMilliseconds(zone)
  if (offset === undefined) return undefined
  const from = at(fields) - offset
  if (fraction !== undefined) return fractionSpan(from, fraction)
  const next = fields.map((field, index) => (index === given - 1 ? field + 1 : field)) as Fields
  return { from: written(from), before: written(at(next) - offset) }
}

type Fields = [number, number, number, number, number, number]

const FIRST = [1, 1, 1, 0, 0, 0]

// Date.UTC reads the years 0 to 99 as 1900 to 1999. Any 400 years have the same length, so `at` adds and removes 400.
const YEARS_MS = Date.UTC(2400, 0, 1) - Date.UTC(2000, 0, 1)

function at([year, month, day, hour, minute, second]: Fields): number {
  return Date.UTC(year + 400, month - 1, day, hour, minute, second) - YEARS_MS
}

function isInCalendar([year, month, day, hour, minute, second]: Fields): boolean {
  const isDate = month >= 1 && month <= 12 && day >= 1 && day <= lastDay(year, month)
  return isDate && hour <= 23 && minute <= 59 && second <= 59
}

function offsetMilliseconds(zone: string | undefined): number | undefined {
  if (zone === undefined || zone === 'Z') return 0
  const [hours = 0, minutes = 0] = zone.slice(1).split(':').map(Number)
  // PostgreSQL accepts zones below 16 hours. Real zones end at 14.
  if (hours > 15 || minutes > 59) return undefined
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}

function fractionSpan(second: number, fraction: string): Span {
  const digits = fraction.slice(0, 3)
  const unit = 10 ** (3 - digits.length)
  const from = second + Number(digits) * unit
  return { from: written(from), before: written(from + unit) }
}

// Timestamps of users are texts with four-digit years, which sort as the times do. A time outside of these years
// becomes a text that sorts before or after all of them.
function written(milliseconds: number): string {
  if (milliseconds < MOMENT_MIN) return ''
  return milliseconds > MOMENT_MAX ? '~' : new Date(milliseconds).toISOString()
}
