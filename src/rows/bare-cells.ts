/**
 * Written by PostgreSQL in front of a value that must stand bare in a column whose cells are all quoted, and
 * once more in front of a text that begins with this very byte.
 */
export const BARE_MARK = '\x01'

const MARK = BARE_MARK.charCodeAt(0)
const QUOTE = 0x22

/**
 * COPY quotes a column always or never, but a metadata path holds a text for one user, a number for the next,
 * and only texts are to be quoted. So such columns are quoted, and `"` BARE_MARK `5"` becomes `5` here.
 *
 * A mark is one only behind an opening quote: inside a cell every quote is doubled, so a single `"` in front of
 * BARE_MARK occurs nowhere else. Two marks there are a text's own byte, doubled. The search for the byte is
 * native; JavaScript runs only where a mark is. A mark's cell holds no line feed, so bytes cut behind one never
 * split it.
 */
export function bareCells(bytes: Uint8Array): Uint8Array {
  let mark = bytes.indexOf(MARK)
  if (mark === -1) return bytes
  const out = Buffer.allocUnsafe(bytes.length)
  let written = 0
  let from = 0
  const keep = (start: number, end: number): void => {
    out.set(bytes.subarray(start, end), written)
    written += end - start
  }
  for (; mark !== -1; mark = bytes.indexOf(MARK, mark + 1)) {
    if (bytes[mark - 1] !== QUOTE || bytes[mark - 2] === QUOTE) continue
    if (bytes[mark + 1] === MARK) {
      keep(from, mark)
      from = mark + 1
      continue
    }
    const close = bytes.indexOf(QUOTE, mark)
    keep(from, mark - 1)
    keep(mark + 1, close)
    from = close + 1
  }
  keep(from, bytes.length)
  return out.subarray(0, written)
}
