import type { Delimiter } from './decode-options.ts'

export interface Cell {
  readonly text: string
  /** Quotes distinguish a text from a number, and an empty text from a missing value. */
  readonly isQuoted: boolean
}

/** The report names a quote that RFC 4180 does not allow, so its position (from 1) is given. */
export function splitCells(
  record: string,
  delimiter: Delimiter,
): readonly Cell[] | { readonly strayQuoteAt: number } {
  const cells: Cell[] = []
  for (let at = 0; ; ) {
    const isQuoted = record[at] === '"'
    const end = isQuoted ? behindQuoted(record, at) : behindBare(record, at, delimiter)
    if (end === -1) return { strayQuoteAt: at + 1 }
    const text = isQuoted ? unquoted(record.slice(at + 1, end - 1)) : record.slice(at, end)
    if (!isQuoted && text.includes('"')) return { strayQuoteAt: at + text.indexOf('"') + 1 }
    if (end < record.length && record[end] !== delimiter) return { strayQuoteAt: end }
    cells.push({ text, isQuoted })
    if (end >= record.length) return cells
    at = end + 1
  }
}

function behindBare(record: string, start: number, delimiter: Delimiter): number {
  const end = record.indexOf(delimiter, start)
  return end === -1 ? record.length : end
}

function behindQuoted(record: string, start: number): number {
  let close = record.indexOf('"', start + 1)
  while (close !== -1 && record[close + 1] === '"') close = record.indexOf('"', close + 2)
  return close === -1 ? -1 : close + 1
}

function unquoted(text: string): string {
  return text.includes('"') ? text.replaceAll('""', '"') : text
}
