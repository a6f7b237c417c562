/** Numbers that look random, and are the same for the same seed. */
export interface Random {
  /** From 0 on, below 1. */
  next(): number
  chance(share: number): boolean
  /** From 0 on, below `end`. */
  whole(end: number): number
  pick<T>(values: readonly [T, ...T[]]): T
  hex(digits: number): string
}

/** mulberry32, which is short, fast, and good enough to vary profiles. It is no source of secrets. */
export function newRandom(seed: number): Random {
  let state = seed | 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const whole = (end: number): number => Math.floor(next() * end)
  return {
    next,
    whole,
    chance: (share) => next() < share,
    pick: (values) => values[whole(values.length)] ?? values[0],
    hex: (digits) => Array.from({ length: digits }, () => whole(16).toString(16)).join(''),
  }
}
