/** A range of users by key: `after < key <= upTo`. */
export interface KeyRange {
  readonly after: bigint
  readonly upTo: bigint
}

/** What is known of the users of a plan before the first of them is read; keys are inclusive. */
export interface KeySpan {
  readonly first: bigint
  readonly last: bigint
  readonly users: number
}

/**
 * Cuts the keys from first to last into ranges of about `usersPerRange` users each, evenly by key: exact
 * where no key is missing, and uneven, never wrong, where many are.
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
