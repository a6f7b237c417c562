import { csvCells } from './csv-cells.ts'
import { type Cutter, elementCutter, joined, lineCutter, type Piece, recordCutter } from './cut-file.ts'
import { hasMark, isGzip, plainChunks } from './read-file.ts'

export type FileFormat = 'ndjson' | 'json' | 'csv'
export type Delimiter = ',' | ';' | '\t'
export type Guard = 'auth0' | 'formula' | 'none'

/** Why the server would refuse the file at its first bytes. */
export type Trouble =
  | 'empty'
  | 'archive'
  | 'utf16'
  | 'packed'
  | 'page'
  | 'damaged'
  | 'object'
  | 'lines'
  | 'noUsers'

/** What the first bytes of a file say. The server reads the whole file and decides. */
export interface Look {
  readonly isPacked: boolean
  readonly hasMark: boolean
  readonly format?: FileFormat
  readonly trouble?: Trouble
  readonly csv?: { readonly delimiter: Delimiter; readonly guard?: Guard; readonly hasHeader: boolean }
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  /** False if the file has more than what was read. */
  readonly isWhole: boolean
}

const HEAD_BYTES = 128 * 1024
const ROWS_MAX = 5

export async function lookAtFile(file: Blob): Promise<Look> {
  const isPacked = await isGzip(file)
  const nothing = { isPacked, hasMark: false, columns: [], rows: [], isWhole: true }
  try {
    const { bytes, isWhole } = await headOf(file)
    return { ...nothing, isWhole, ...lookAtBytes(bytes, isWhole) }
  } catch {
    return { ...nothing, trouble: 'damaged' }
  }
}

async function headOf(file: Blob) {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const chunk of plainChunks(file)) {
    parts.push(chunk.slice(0, HEAD_BYTES - length))
    length += chunk.length
    if (length > HEAD_BYTES) break
  }
  return { bytes: joined(parts), isWhole: length <= HEAD_BYTES }
}

type Found = Omit<Look, 'isPacked' | 'isWhole'>

function lookAtBytes(bytes: Uint8Array, isWhole: boolean): Found {
  const marked = hasMark(bytes)
  const body = marked ? bytes.subarray(3) : bytes
  const text = new TextDecoder().decode(body).trimStart()
  const base = { hasMark: marked, columns: [], rows: [] }
  const trouble = troubleOf(bytes, text)
  if (trouble !== undefined) return { ...base, trouble }
  if (text.startsWith('['))
    return { ...base, format: 'json', ...withDoubt(objects(elementCutter(all), body, isWhole)) }
  if (!text.startsWith('{')) return { ...base, ...table(body, text, isWhole) }
  const found = objects(lineCutter(all), body, isWhole)
  if (!hasKnown(found) && /:\s*\[\s*\{/.test(text)) return { ...base, trouble: 'object' }
  if (found.rows.length > 0 || !isWhole) return { ...base, format: 'ndjson', ...withDoubt(found) }
  return { ...base, trouble: 'lines' }
}

function hasKnown({ columns }: Pick<Look, 'columns'>): boolean {
  return columns.some((name) => KNOWN.test(name))
}

function withDoubt(found: Pick<Look, 'columns' | 'rows'>): Pick<Found, 'columns' | 'rows' | 'trouble'> {
  return found.columns.length === 0 || hasKnown(found) ? found : { ...found, trouble: 'noUsers' }
}

function all(): boolean {
  return true
}

const BEGINNINGS: readonly (readonly [hex: string, trouble: Trouble])[] = [
  ['504b0304', 'archive'],
  ['d0cf11e0', 'archive'],
  ['25504446', 'noUsers'],
  ['28b52ffd', 'packed'],
  ['fd377a58', 'packed'],
  ['425a68', 'packed'],
  ['fffe', 'utf16'],
  ['feff', 'utf16'],
]

function troubleOf(bytes: Uint8Array, text: string): Trouble | undefined {
  if (text === '') return 'empty'
  const hex = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join('')
  const known = BEGINNINGS.find(([beginning]) => hex.startsWith(beginning))
  if (known !== undefined) return known[1]
  // UTF-16 without a mark: of Latin letters every second byte is 0.
  if ((bytes[0] === 0) !== (bytes[1] === 0)) return 'utf16'
  return text.startsWith('<') ? 'page' : undefined
}

/** The last piece of a head may be cut off. */
function piecesOf(cutter: Cutter, bytes: Uint8Array, isWhole: boolean): readonly Piece[] {
  const pieces = cutter.cut(bytes)
  return isWhole ? [...pieces, ...cutter.end()] : pieces
}

function objects(cutter: Cutter, bytes: Uint8Array, isWhole: boolean): Pick<Look, 'columns' | 'rows'> {
  const users = piecesOf(cutter, bytes, isWhole)
    .slice(0, ROWS_MAX)
    .flatMap((piece) => objectOf(new TextDecoder().decode(piece.bytes)))
  const columns = [...new Set(users.flatMap((user) => [...user.keys()]))]
  return { columns, rows: users.map((user) => columns.map((name) => shown(user.get(name)))) }
}

// A map: a user may have an attribute named __proto__.
function objectOf(text: string): readonly Map<string, unknown>[] {
  try {
    const value: unknown = JSON.parse(text)
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? [new Map(Object.entries(value))] : []
  } catch {
    return []
  }
}

function shown(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const DELIMITERS: readonly Delimiter[] = [',', ';', '\t']

// As in the server: the first line must name one of Auth0's attributes.
const KNOWN =
  /^'?"?(user_id|e-?mail|email_verified|user_?name|phone_number|phone_verified|name|given_name|family_name|nickname|picture|blocked|created_at|updated_at|last_login|last_ip|logins_count|identities|id|(user|app)_metadata|multifactor|last_password_reset)\b/i

function table(bytes: Uint8Array, text: string, isWhole: boolean): Partial<Found> {
  const [line = ''] = text.split(/\r?\n/, 1)
  const scored = DELIMITERS.map((delimiter) => {
    const cells = csvCells(line, delimiter)
    return { delimiter, cells, known: cells.filter((cell) => KNOWN.test(cell.text)).length }
  })
  const [best] = scored.toSorted((a, b) => b.known - a.known || b.cells.length - a.cells.length)
  if (best === undefined || (best.known === 0 && best.cells.length < 2)) return { trouble: 'noUsers' }
  const { delimiter, cells } = best
  const hasHeader = best.known > 0
  const records = piecesOf(recordCutter(all, delimiter), bytes, isWhole)
    .slice(0, ROWS_MAX + 1)
    .map((piece) => csvCells(new TextDecoder().decode(piece.bytes).replace(/\r$/, ''), delimiter))
  const rows = (hasHeader ? records.slice(1) : records).slice(0, ROWS_MAX)
  const guard = hasHeader ? guardOf(cells, delimiter) : undefined
  return {
    format: 'csv',
    csv: { delimiter, hasHeader, ...(guard === undefined ? {} : { guard }) },
    columns: hasHeader ? cells.map((cell) => cell.text) : [],
    rows: rows.map((row) => row.map((cell) => cell.text)),
  }
}

/** docs/csv.md, "Recognizing the guard": the quotes around headings that need none. */
function guardOf(header: ReturnType<typeof csvCells>, delimiter: string): Guard | undefined {
  const free = header.filter(({ text }) => !/["\r\n]/.test(text) && !text.includes(delimiter) && text !== '')
  const [first, ...rest] = free.map((cell) => cell.isQuoted)
  if (first === undefined) return undefined
  if (rest.length === 0) return first ? 'formula' : undefined
  if (!rest.includes(true)) return first ? 'none' : 'auth0'
  return first && !rest.includes(false) ? 'formula' : undefined
}
