import { once } from './once.ts'

const LANGUAGE = 'en'

const dateTime = once(() => new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'medium', timeStyle: 'short' }))
const day = once(() => new Intl.DateTimeFormat(LANGUAGE, { dateStyle: 'medium', timeZone: 'UTC' }))
const relative = once(() => new Intl.RelativeTimeFormat(LANGUAGE, { numeric: 'auto' }))

const STEPS = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const

/** In the person's own time zone. */
export function moment(iso: string): string {
  const date = new Date(iso)
  return Number.isNaN(date.getTime()) ? iso : dateTime().format(date)
}

/** The day of a timestamp in UTC, the zone of the server's days. */
export function utcDay(iso: string): string {
  const date = new Date(iso)
  return Number.isNaN(date.getTime()) ? iso : day().format(date)
}

/** "3 minutes ago", "in 23 hours". */
export function ago(iso: string, now: number = Date.now()): string {
  const seconds = (new Date(iso).getTime() - now) / 1000
  if (Number.isNaN(seconds)) return iso
  for (const [unit, size] of STEPS) {
    // A file of which an hour is left but a second does not expire "in 59 minutes".
    const whole = seconds > 0 ? Math.round(seconds / size) : Math.trunc(seconds / size)
    if (Math.abs(seconds) >= size) return relative().format(whole, unit)
  }
  return seconds > 0 ? 'in less than a minute' : 'just now'
}

/** "1 h 5 min", "12 s". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}
