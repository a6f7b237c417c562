/**
 * How many digits a number may have when it is written plainly, without an exponent. `1e308` is five characters in
 * JSON and 309 digits in PostgreSQL: without a bound a profile could grow sixtyfold when it is given out.
 */
export const NUMBER_DIGITS_MAX = 100

/**
 * A number of a JSON text that a double does not hold, or that JavaScript would write with other digits:
 * 17841461234567891, 1.50, 1e21. `readJson` makes it, `writeJson` writes it as it came.
 */
export class ExactNumber {
  /** Plain: no exponent. Only a number of too many digits is kept as it was written. */
  readonly digits: string

  constructor(digits: string) {
    this.digits = digits
  }

  toString(): string {
    return this.digits
  }

  // JSON.stringify has no way to write digits: `writeJson` catches this, anything else would write a wrong value.
  toJSON(): never {
    throw FOUND
  }
}

/** Thrown by JSON.stringify when it meets an ExactNumber. */
export class ExactNumberFound extends Error {
  readonly code = 'exact_number_found'
}

// One for all: a stack trace for each would cost more than the writing.
const FOUND = new ExactNumberFound('An exact number can be written by writeJson only')

/** What a literal of JSON stands for: a JavaScript number where that is written with the same digits. */
export function numberOf(literal: string): number | ExactNumber {
  const plain = plainNumber(literal)
  if (plain === undefined || digitsIn(plain) > NUMBER_DIGITS_MAX) return new ExactNumber(literal)
  const double = Number(plain)
  return String(double) === plain ? double : new ExactNumber(plain)
}

/** How many digits a number has when it is written plainly; undefined when these are too many to be written. */
export function digitsOf(number: ExactNumber): number | undefined {
  const plain = plainNumber(number.digits)
  return plain === undefined ? undefined : digitsIn(plain)
}

function digitsIn(plain: string): number {
  return plain.length - (plain.startsWith('-') ? 1 : 0) - (plain.includes('.') ? 1 : 0)
}

const LITERAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

// Beyond it an exponent is not written out: the number has too many digits, whatever it is.
const EXPONENT_MAX = 1000

/**
 * A literal of JSON without an exponent, as PostgreSQL's numeric type writes it: digits behind the point are kept,
 * and zero has no sign. Undefined when the exponent is too large to be written out.
 */
export function plainNumber(literal: string): string | undefined {
  const [, sign = '', whole = '', fraction = '', power = '0'] = LITERAL.exec(literal) ?? []
  const exponent = Number(power)
  const digits = whole + fraction
  const isZero = /^0*$/.test(digits)
  // Zeros before the point are not kept.
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
