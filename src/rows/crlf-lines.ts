import type { Rewrite } from './rewrite-lines.ts'

/** All that is in a cell which PostgreSQL adds to each line, quoted, where lines end in CR LF. */
export const END_MARK = '\x02'

/**
 * COPY ends lines in LF, and cells may hold line feeds of their own. So each line gets one more cell, and that
 * cell with its line feed becomes CR LF here.
 *
 * It cannot be mistaken: inside a cell every quote is doubled, so the single one between delimiter and END_MARK
 * opens a cell, and a cell that ends a line is the one that was added.
 */
export function crlfLines(delimiter: string): Rewrite {
  const end = Buffer.from(`${delimiter}"${END_MARK}"\n`)
  return (given) => {
    const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength)
    const out = Buffer.allocUnsafe(bytes.length)
    let written = 0
    let from = 0
    for (let at = bytes.indexOf(end); at !== -1; at = bytes.indexOf(end, from)) {
      written += bytes.copy(out, written, from, at)
      written += out.write('\r\n', written)
      from = at + end.length
    }
    written += bytes.copy(out, written, from)
    return out.subarray(0, written)
  }
}
