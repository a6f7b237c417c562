const [LINE_FEED, QUOTE] = [0x0a, 0x22]

export interface Contents {
  readonly unpackedBytes: number
  /** Lines of NDJSON, or records of CSV. A header counts too. */
  readonly records: number
  /** Set if the bytes cannot be unpacked to the end. */
  readonly problem?: string
}

interface CountOptions {
  /** In CSV a line feed inside quotes ends no record. */
  readonly hasQuotes: boolean
  /** A small file can unpack to an endless one, so reading stops as soon as more came than there should be. */
  readonly bytesMax: number
  readonly signal: AbortSignal
  see(unpackedBytes: number): void
}

/** Unpacks as a stream: what was counted is not kept. */
export async function countRecords(file: Blob, options: CountOptions): Promise<Contents> {
  const { hasQuotes, bytesMax, signal, see } = options
  const reader = file.stream().pipeThrough(new DecompressionStream('gzip')).getReader()
  const count = hasQuotes ? countQuoted : countLines
  let state: State = { ends: 0, isQuoted: false, last: LINE_FEED }
  let unpackedBytes = 0
  const soFar = () => ({ unpackedBytes, records: state.ends + (state.last === LINE_FEED ? 0 : 1) })
  try {
    for (;;) {
      const { done, value } = await reader.read()
      signal.throwIfAborted()
      if (done) return soFar()
      state = count(value, state)
      unpackedBytes += value.length
      see(unpackedBytes)
      if (unpackedBytes > bytesMax) return soFar()
    }
  } catch (error) {
    signal.throwIfAborted()
    return { ...soFar(), problem: String(error) }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

interface State {
  readonly ends: number
  readonly isQuoted: boolean
  readonly last: number
}

function countLines(bytes: Uint8Array, { ends, isQuoted, last }: State): State {
  let found = ends
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) found += 1
  return { ends: found, isQuoted, last: bytes.at(-1) ?? last }
}

function countQuoted(bytes: Uint8Array, before: State): State {
  let { ends, isQuoted } = before
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]
    if (byte === LINE_FEED && !isQuoted) ends += 1
    // A doubled quote changes the state twice, so it needs no case of its own.
    else if (byte === QUOTE) isQuoted = !isQuoted
  }
  return { ends, isQuoted, last: bytes.at(-1) ?? before.last }
}
