export interface Cell {
  readonly text: string
  /** The quotes alone tell an empty text from a missing value (docs/csv.md). */
  readonly isQuoted: boolean
}

/** The cells of a CSV text as a program reads it: quotes are taken off, and a quoted cell may hold line ends. */
export function csvRows(text: string, delimiter: string): readonly (readonly Cell[])[] {
  const rows: Cell[][] = []
  let row: Cell[] = []
  let at = text.startsWith('\uFEFF') ? 1 : 0
  while (at < text.length) {
    const { cell, end } = text[at] === '"' ? quotedCell(text, at) : bareCell(text, at, delimiter)
    row.push(cell)
    at = end
    if (text[at] === delimiter) {
      at += 1
      // A delimiter at the very end of the text has one more, empty cell behind it.
      if (at < text.length) continue
      row.push({ text: '', isQuoted: false })
    }
    if (text.startsWith('\r\n', at)) at += 2
    else if (text[at] === '\n') at += 1
    rows.push(row)
    row = []
  }
  return rows
}

function quotedCell(text: string, start: number): { readonly cell: Cell; readonly end: number } {
  let close = text.indexOf('"', start + 1)
  while (close !== -1 && text[close + 1] === '"') close = text.indexOf('"', close + 2)
  const end = close === -1 ? text.length : close
  const inside = text.slice(start + 1, end).replaceAll('""', '"')
  return { cell: { text: inside, isQuoted: true }, end: end + 1 }
}

function bareCell(
  text: string,
  start: number,
  delimiter: string,
): { readonly cell: Cell; readonly end: number } {
  let end = start
  while (end < text.length && text[end] !== delimiter && text[end] !== '\n' && !text.startsWith('\r\n', end))
    end += 1
  return { cell: { text: text.slice(start, end), isQuoted: false }, end }
}
