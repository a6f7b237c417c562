/**
 * Cuts a users file into its entries, as the server does (src/decode/): lines of NDJSON, records of CSV, elements of a JSON
 * array. `line` is the line in which an entry begins, counted by LF from 1; reports of imports name it.
 */
export interface Piece {
  readonly line: number
  /** As in the file, without the line end behind it. */
  readonly bytes: Uint8Array
}

export interface Cutter {
  cut(chunk: Uint8Array): readonly Piece[]
  end(): readonly Piece[]
}

/** An entry that is not wanted is passed over and costs no memory. */
export type Wanted = (line: number) => boolean

const [TAB, LF, CR, SPACE, QUOTE, COMMA, BACKSLASH] = [0x09, 0x0a, 0x0d, 0x20, 0x22, 0x2c, 0x5c]
const [BRACKET, BRACKET_END, BRACE, BRACE_END] = [0x5b, 0x5d, 0x7b, 0x7d]

/** Joins what several chunks give of one entry. */
function newHeld() {
  let parts: Uint8Array[] = []
  return {
    add: (part: Uint8Array) => {
      if (part.length > 0) parts.push(part)
    },
    take: (last: Uint8Array): Uint8Array => {
      const bytes = joined([...parts, last])
      parts = []
      return bytes
    },
  }
}

/** A copy also of one part, since a reader may use its memory again. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

const NOTHING = new Uint8Array(0)

export function lineCutter(wanted: Wanted): Cutter {
  const held = newHeld()
  let line = 1
  const piece = (last: Uint8Array): Piece[] => {
    const bytes = wanted(line) ? held.take(last) : NOTHING
    const found = bytes.every(isSpace) ? [] : [{ line, bytes }]
    line += 1
    return found
  }
  return {
    cut: (chunk) => {
      const found: Piece[] = []
      let from = 0
      for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, from)) {
        found.push(...piece(chunk.subarray(from, end)))
        from = end + 1
      }
      if (wanted(line)) held.add(chunk.slice(from))
      return found
    },
    end: () => piece(NOTHING),
  }
}

/** RFC 4180. A quote opens a cell only at its beginning. */
export function recordCutter(wanted: Wanted, delimiter: string): Cutter {
  const held = newHeld()
  const mark = delimiter.charCodeAt(0)
  let place: 'start' | 'bare' | 'quoted' | 'quote' = 'start'
  let [line, inside] = [1, 0]
  const piece = (last: Uint8Array): Piece[] => {
    const bytes = wanted(line) ? held.take(last) : NOTHING
    const found = bytes.every((byte) => byte === CR) ? [] : [{ line, bytes }]
    line += 1 + inside
    inside = 0
    place = 'start'
    return found
  }
  return {
    cut: (chunk) => {
      const found: Piece[] = []
      let from = 0
      for (let at = 0; at < chunk.length; at += 1) {
        const byte = chunk[at] ?? 0
        if (place === 'quoted') {
          if (byte === QUOTE) place = 'quote'
          else if (byte === LF) inside += 1
        } else if (byte === LF) {
          found.push(...piece(chunk.subarray(from, at)))
          from = at + 1
        } else if (byte === QUOTE) place = place === 'bare' ? 'bare' : 'quoted'
        else place = byte === mark ? 'start' : 'bare'
      }
      if (wanted(line)) held.add(chunk.slice(from))
      return found
    },
    end: () => piece(NOTHING),
  }
}

/** Reads only strings and depth. What stands before the array and behind it is left out. */
export function elementCutter(wanted: Wanted): Cutter {
  const held = newHeld()
  let place: 'before' | 'between' | 'within' | 'after' = 'before'
  let [line, begun, depth, isText, isEscaped] = [1, 1, 0, false, false]
  const ends = (byte: number): boolean => {
    if (isText) {
      if (isEscaped) isEscaped = false
      else if (byte === BACKSLASH) isEscaped = true
      else if (byte === QUOTE) isText = false
    } else if (byte === QUOTE) isText = true
    else if (byte === BRACE || byte === BRACKET) depth += 1
    else if (depth === 0) return byte === COMMA || byte === BRACKET_END
    else if (byte === BRACE_END || byte === BRACKET_END) depth -= 1
    return false
  }
  return {
    cut: (chunk) => {
      const found: Piece[] = []
      let from = 0
      for (let at = 0; at < chunk.length; at += 1) {
        const byte = chunk[at] ?? 0
        if (place === 'before' && byte === BRACKET) place = 'between'
        else if (place === 'between' && byte === BRACKET_END) place = 'after'
        else if (place === 'between' && !isSpace(byte)) {
          place = 'within'
          begun = line
          from = at
          ends(byte)
        } else if (place === 'within' && ends(byte)) {
          if (wanted(begun)) found.push({ line: begun, bytes: held.take(chunk.subarray(from, at)) })
          place = byte === COMMA ? 'between' : 'after'
        }
        if (byte === LF) line += 1
      }
      if (place === 'within' && wanted(begun)) held.add(chunk.slice(from))
      return found
    },
    end: () => [],
  }
}

function isSpace(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === CR || byte === LF
}
