import { splitCells } from './csv-cells.ts'
import { countKnown } from './csv-columns.ts'
import { DELIMITERS } from './csv-layout.ts'
import type { DecodeOptions } from './decode-options.ts'
import { USERS_FORMATS } from './users-formats.ts'

type Format = DecodeOptions['format']

export const HEAD_BYTES = 4096

export const MAGIC_BYTES = 4

const UTF16 = 'UTF-16, which spreadsheets call Unicode text: save it as UTF-8'

/** First bytes of a file in hex. No users file begins with one of these. */
const MAGIC: readonly (readonly [string, string])[] = [
  [
    '504b0304',
    'a zip archive, such as the .xlsx of a spreadsheet: save the sheet as CSV UTF-8 and send that',
  ],
  ['d0cf11e0', 'an old .xls of a spreadsheet: save the sheet as CSV UTF-8 and send that'],
  ['25504446', 'a PDF'],
  ['28b52ffd', 'packed by zstd: send it unpacked, or packed by gzip'],
  ['fd377a58', 'packed by xz: send it unpacked, or packed by gzip'],
  ['425a68', 'packed by bzip2: send it unpacked, or packed by gzip'],
  ['0000feff', 'UTF-32: save it as UTF-8'],
  ['fffe', UTF16],
  ['feff', UTF16],
]

export function foreignBytes(head: Buffer): string | undefined {
  const hex = head.subarray(0, MAGIC_BYTES).toString('hex')
  const known = MAGIC.find(([magic]) => hex.startsWith(magic))
  if (known !== undefined) return known[1]
  // UTF-16 without a byte order mark: in a text with Latin letters every second byte is 0.
  const [a, b, c, d] = head
  const isLittle = b === 0 && d === 0 && a !== 0 && c !== 0
  const isBig = a === 0 && c === 0 && b !== 0 && d !== 0
  return head.length >= MAGIC_BYTES && (isLittle || isBig) ? UTF16 : undefined
}

export function foreignText(head: Buffer, format: Format): string | undefined {
  const text = head.toString('utf8').replace(/^[\s\ufeff]+/, '')
  if (/^<(?:!doctype html|html)/i.test(text)) return 'an HTML page, such as one that reports an error'
  if (text.startsWith('<')) return 'XML'
  if (format !== 'json' && /^\[\s*(?:[[{]|\])/.test(text)) return 'a JSON array: send it as application/json'
  if (text.startsWith('{')) return foreignObject(text, format)
  if (format !== 'csv' && isTable(text)) return 'CSV: send it as text/csv'
  return undefined
}

function foreignObject(text: string, format: Format): string | undefined {
  const [line = ''] = text.split(/\r?\n/, 1)
  const hasList = /"[^"\\]{1,100}"\s*:\s*\[\s*\{/.test(text)
  const isAlone = !/\}\s*\n\s*\{/.test(text)
  if (hasList && isAlone) return 'one object with a list of users inside: send the list alone'
  if (!line.trimEnd().endsWith('}') && text.includes('\n') && !isLine(line))
    return `JSON with objects over several lines: ${USERS_FORMATS[format].insteadOfObjects}`
  if (format !== 'ndjson') return 'JSON with a user a line: send it as application/x-ndjson'
  return undefined
}

// So long a line may go on after the head, and then may be a whole user.
function isLine(line: string): boolean {
  return line.length >= HEAD_BYTES / 4
}

function isTable(text: string): boolean {
  const [line = ''] = text.split(/\r?\n/, 1)
  return DELIMITERS.some((delimiter) => {
    const cells = splitCells(line, delimiter)
    return !('strayQuoteAt' in cells) && cells.length > 1 && countKnown(cells.map((cell) => cell.text)) > 0
  })
}
