/** Written by PostgreSQL in front of a value that must stand bare in a column whose cells are all quoted. */
const BARE_MARK = 0x01

const QUOTE = 0x22

/**
 * COPY quotes a column always or never, but a metadata path holds a text for one user, a number for the next,
 * and Auth0's rule quotes only texts. So such columns are quoted, and `"` BARE_MARK `5"` becomes `5` here.
 *
 * A mark is one only behind an opening quote: inside a cell every quote is doubled and a text begins with the
 * guard, so `"` BARE_MARK with no quote before it occurs nowhere else. The search for the byte is native;
 * JavaScript runs only where a mark is.
 */
export async function* bareCells(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0)
  for await (const chunk of source) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const whole = wholeCells(bytes)
    rest = bytes.subarray(whole)
    if (whole > 0) yield unmark(bytes.subarray(0, whole))
  }
  if (rest.length > 0) yield unmark(rest)
}

// A cut behind a line's end never splits a mark from its quotes. Lines inside quoted cells may be cut there
// too: a mark's cell holds no line end.
function wholeCells(bytes: Uint8Array): number {
  return bytes.lastIndexOf(0x0a) + 1
}

function unmark(bytes: Uint8Array): Uint8Array {
  let mark = bytes.indexOf(BARE_MARK)
  if (mark === -1) return bytes
  const out = Buffer.allocUnsafe(bytes.length)
  let written = 0
  let from = 0
  for (; mark !== -1; mark = bytes.indexOf(BARE_MARK, mark + 1)) {
    if (bytes[mark - 1] !== QUOTE || bytes[mark - 2] === QUOTE) continue
    const close = bytes.indexOf(QUOTE, mark)
    out.set(bytes.subarray(from, mark - 1), written)
    written += mark - 1 - from
    out.set(bytes.subarray(mark + 1, close), written)
    written += close - mark - 1
    from = close + 1
  }
  out.set(bytes.subarray(from), written)
  return out.subarray(0, written + bytes.length - from)
}
