/** A range of users by key: `after < key <= upTo`. */
export interface KeyRange {
  readonly after: bigint
  readonly upTo: bigint
}

/** The first and the last key of a plan's users, and their number. */
export interface KeySpan {
  readonly first: bigint
  readonly last: bigint
  readonly users: number
}

/**
 * Cuts the keys into equal ranges of about `usersPerRange` users. If keys are missing, some ranges have fewer users;
 * all users are still in exactly one range.
 */
export function evenRanges(span: KeySpan, usersPerRange: number): KeyRange[] {
  if (span.users === 0) return []
  const keys = span.last - span.first + 1n
  const wanted = BigInt(Math.ceil(span.users / usersPerRange))
  const count = wanted < keys ? wanted : keys
  const before = span.first - 1n
  return Array.from({ length: Number(count) }, (_, index) => ({
    after: before + (keys * BigInt(index)) / count,
    upTo: before + (keys * BigInt(index + 1)) / count,
  }))
}
