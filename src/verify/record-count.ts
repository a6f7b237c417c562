const [LINE_FEED, QUOTE] = [0x0a, 0x22]

export interface RecordCount {
  see(bytes: Uint8Array): void
  /** Lines, or records of CSV. A header counts too. */
  count(): number
}

/** A line feed inside quotes ends no record, or a text with one would count as two users. */
export function newRecordCount(hasQuotes: boolean): RecordCount {
  let ends = 0
  let isQuoted = false
  let last = LINE_FEED
  return {
    see: (bytes) => {
      if (hasQuotes) {
        for (const byte of bytes) {
          if (byte === LINE_FEED && !isQuoted) ends++
          // A doubled quote changes the state twice, so it needs no case of its own.
          else if (byte === QUOTE) isQuoted = !isQuoted
        }
      } else {
        for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) ends++
      }
      last = bytes.at(-1) ?? last
    },
    count: () => (last === LINE_FEED ? ends : ends + 1),
  }
}
