/** The cells of one record. A stray quote stays in its cell: the server reports it, this is only a look. */
export function csvCells(record: string, delimiter: string): readonly { text: string; isQuoted: boolean }[] {
  const cells: { text: string; isQuoted: boolean }[] = []
  let at = 0
  for (;;) {
    const isQuoted = record.charAt(at) === '"'
    const end = isQuoted ? closingQuote(record, at) + 1 : at
    const stop = record.indexOf(delimiter, end)
    const until = stop === -1 ? record.length : stop
    const raw = record.slice(at, until)
    const inner = isQuoted ? record.slice(at + 1, Math.max(at + 1, end - 1)).replaceAll('""', '"') : raw
    cells.push({ text: inner, isQuoted })
    if (stop === -1) return cells
    at = stop + 1
  }
}

function closingQuote(record: string, open: number): number {
  for (let at = open + 1; ; at += 2) {
    at = record.indexOf('"', at)
    if (at === -1) return record.length
    if (record.charAt(at + 1) !== '"') return at
  }
}
