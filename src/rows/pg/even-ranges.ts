export interface KeyRange {
  readonly after: bigint
  readonly upTo: bigint
}

export interface KeySpan {
  readonly first: bigint
  readonly last: bigint
  readonly users: number
}

/**
 * Cuts the keys and not the users, so no query has to find the ends. If keys are missing, some ranges have fewer users
 * than `usersPerRange`; all users are still in exactly one range.
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
