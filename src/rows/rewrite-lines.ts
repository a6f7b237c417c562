/** Takes bytes that end behind a line feed, of a line or inside a cell, and gives them as they belong in the file. */
export type Rewrite = (bytes: Uint8Array) => Uint8Array

/** Bytes cut anywhere, each put through the rewrites in their order; without any they pass as they are. */
export function rewriteLines(
  source: AsyncIterable<Uint8Array>,
  rewrites: readonly Rewrite[],
): AsyncIterable<Uint8Array> {
  if (rewrites.length === 0) return source
  return rewritten(source, (bytes) => rewrites.reduce((given, rewrite) => rewrite(given), bytes))
}

async function* rewritten(source: AsyncIterable<Uint8Array>, rewrite: Rewrite): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0)
  for await (const chunk of source) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const whole = bytes.lastIndexOf(0x0a) + 1
    rest = bytes.subarray(whole)
    if (whole > 0) yield rewrite(bytes.subarray(0, whole))
  }
  if (rest.length > 0) yield rewrite(rest)
}
