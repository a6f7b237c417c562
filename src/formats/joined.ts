// Lines are made in SQL as they stand in the file, their line ends included, and leave as the one text of COPY's
// binary format: that gives a text out as it is, where the others look at each byte for what they would have to
// quote, and know one way to quote only.

/**
 * Texts behind one another. Halves of halves: a row of || copies what stands before it at each step, and concat(),
 * which takes each argument for a value of any type, costs twice as much (measured,
 * docs/adr/0009-what-a-line-costs.md).
 */
export function joined(pieces: readonly string[]): string {
  if (pieces.length <= 1) return pieces[0] ?? `''`
  const half = Math.ceil(pieces.length / 2)
  return `(${joined(pieces.slice(0, half))} || ${joined(pieces.slice(half))})`
}
