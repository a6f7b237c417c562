import { once } from './once.ts'

const LANGUAGE = 'en'

const whole = once(() => new Intl.NumberFormat(LANGUAGE))
const short = once(() => new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: 1 }))
const percent = once(() => new Intl.NumberFormat(LANGUAGE, { style: 'percent', maximumFractionDigits: 0 }))

export function count(number: number): string {
  return whole().format(number)
}

/** A share of 0.004 is "<1 %", since "0 %" would say that no user has it. */
export function share(part: number): string {
  if (part > 0 && part < 0.01) return '<1%'
  if (part < 1 && part > 0.99) return '>99%'
  return percent().format(part)
}

const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB']

/** Units of 1,000, as browsers and file managers show them. */
export function bytes(number: number): string {
  let rest = number
  let unit = 0
  while (rest >= 999.95 && unit < UNITS.length - 1) {
    rest /= 1000
    unit += 1
  }
  return unit === 0 && rest === 1 ? '1 byte' : `${short().format(rest)} ${UNITS[unit]}`
}
