/**
 * `1e308` is five characters in JSON and 309 digits in PostgreSQL. Without a limit an exported profile could be sixty
 * times as long as the imported one.
 */
export const NUMBER_DIGITS_MAX = 100

/**
 * Holds a number that a JavaScript number would change: 17841461234567891, 1.50, 1e21. `readJson` makes it, and
 * `writeJson` writes the same digits.
 */
export class ExactNumber {
  /** Without an exponent, unless the number has too many digits: then the text as it came. */
  readonly digits: string

  constructor(digits: string) {
    this.digits = digits
  }

  toString(): string {
    return this.digits
  }

  // JSON.stringify cannot write given digits and would write a wrong value. `writeJson` catches this error and can.
  toJSON(): never {
    throw FOUND
  }
}

export class ExactNumberFound extends Error {
  readonly code = 'exact_number_found'
}

// One instance for all throws: to make a stack trace takes longer than to write a profile.
const FOUND = new ExactNumberFound('An exact number can be written by writeJson only')

/** A JavaScript number if JavaScript writes it with the same digits, since most code handles only those. */
export function numberOf(literal: string): number | ExactNumber {
  const plain = plainNumber(literal)
  if (plain === undefined || digitsIn(plain) > NUMBER_DIGITS_MAX) return new ExactNumber(literal)
  const double = Number(plain)
  return String(double) === plain ? double : new ExactNumber(plain)
}

export function digitsOf(number: ExactNumber): number | undefined {
  const plain = plainNumber(number.digits)
  return plain === undefined ? undefined : digitsIn(plain)
}

function digitsIn(plain: string): number {
  return plain.length - (plain.startsWith('-') ? 1 : 0) - (plain.includes('.') ? 1 : 0)
}

const LITERAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

// A number with a larger exponent has more digits than NUMBER_DIGITS_MAX in any case.
const EXPONENT_MAX = 1000

/**
 * As PostgreSQL's numeric type writes it, so that an export has the same digits: zeros at the end of a fraction stay,
 * and zero has no sign. Undefined if the exponent is too large.
 */
export function plainNumber(literal: string): string | undefined {
  const [, sign = '', whole = '', fraction = '', power = '0'] = LITERAL.exec(literal) ?? []
  const exponent = Number(power)
  const digits = whole + fraction
  const isZero = /^0*$/.test(digits)
  // 0e9999 is still 0: a large exponent makes zero no longer.
  if (Math.abs(exponent) > EXPONENT_MAX && !(isZero && exponent > 0)) return undefined
  const decimals = Math.max(0, fraction.length - exponent)
  const before = (isZero ? '' : digits + '0'.repeat(Math.max(0, exponent - fraction.length))).padStart(
    decimals + 1,
    '0',
  )
  const point = before.length - decimals
  const integer = before.slice(0, point).replace(/^0+(?=\d)/, '')
  const behind = decimals === 0 ? '' : `.${before.slice(point)}`
  return `${isZero ? '' : sign}${integer}${behind}`
}
