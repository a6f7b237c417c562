/**
 * SQL that concatenates texts, as a tree of halves. In a plain chain, each || copies everything before it. concat()
 * costs twice as much (docs/adr/0009-what-a-line-costs.md).
 */
export function joined(pieces: readonly string[]): string {
  if (pieces.length <= 1) return pieces[0] ?? `''`
  const half = Math.ceil(pieces.length / 2)
  return `(${joined(pieces.slice(0, half))} || ${joined(pieces.slice(half))})`
}
