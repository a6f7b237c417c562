import { Buffer } from 'node:buffer'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Cutter,
  elementCutter,
  lineCutter,
  recordCutter,
} from '../../console/src/pages/import/cut-file.ts'
import { lookAtFile } from '../../console/src/pages/import/look-at-file.ts'
import { type RefusedEntry, refusedLines } from '../../console/src/pages/import/refused-lines.ts'
import { cutEntries } from '../../src/decode/cut-entries.ts'

const CUTTERS = {
  ndjson: () => lineCutter(() => true),
  csv: () => recordCutter(() => true, ','),
  json: () => elementCutter(() => true),
} as const

type Format = keyof typeof CUTTERS

describe('the browser cuts a users file', () => {
  const pieces = {
    ndjson: fc.array(fc.constantFrom('{"a":1}', '\n', '\r\n', ' ', '\t', '"', 'ü')),
    csv: fc
      .array(fc.constantFrom('a', ',', '"', '""', '\n', '\r\n', ';', 'ü'))
      .map((texts) => ['email,name\n', ...texts]),
    json: fc
      .array(fc.tuple(fc.jsonValue(), fc.constantFrom('', '\n', ' \r\n', '\t')))
      .map((values) => [
        '[',
        ...values.map(
          ([value, gap], at) => `${at > 0 ? ',' : ''}${gap}${JSON.stringify(value, null, 1)}${gap}`,
        ),
        ']',
      ]),
  }
  test.each(['ndjson', 'csv', 'json'] as const)(
    'entries of %s are those of the server, in chunks of any size',
    async (format) => {
      await fc.assert(
        fc.asyncProperty(pieces[format], fc.integer({ min: 1, max: 9 }), async (texts, size) => {
          const bytes = Buffer.from(texts.join(''))
          const expected = await byServer(bytes, format)
          // A file that breaks off has no end to compare.
          if (expected === undefined) return
          expect(cutBy(CUTTERS[format](), bytes, size)).toEqual(expected)
        }),
      )
    },
  )
})

async function byServer(bytes: Buffer, format: Format) {
  const found: { line: number; text: string }[] = []
  try {
    for await (const { line, bytes: piece } of cutEntries(chunks(bytes), {
      format,
      csv: { delimiter: ',' },
    })) {
      found.push({ line, text: textOf(piece ?? Buffer.alloc(0)) })
    }
  } catch {
    return undefined
  }
  return found
}

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

function cutBy(cutter: Cutter, bytes: Uint8Array, size: number) {
  const found = []
  for (let at = 0; at < bytes.length; at += size) found.push(...cutter.cut(bytes.slice(at, at + size)))
  found.push(...cutter.end())
  return found.map(({ line, bytes: piece }) => ({ line, text: textOf(piece) }))
}

// The server's records of CSV have no CR at the end; those of the browser stay as they are in the file.
function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString().replace(/\r$/, '')
}

function look(text: string | Uint8Array) {
  return lookAtFile(new Blob([text as string]))
}

describe('a look at the first bytes', () => {
  test('finds format, columns and rows of NDJSON', async () => {
    const found = await look(
      '{"email":"a@b.c","user_metadata":{"plan":"gold"}}\n\n{"name":"Jo","email":"d@e.f"}\n',
    )
    expect(found).toMatchObject({
      format: 'ndjson',
      isPacked: false,
      columns: ['email', 'user_metadata', 'name'],
      rows: [
        ['a@b.c', '{"plan":"gold"}', ''],
        ['d@e.f', '', 'Jo'],
      ],
    })
  })

  test('unpacks gzip and finds a JSON array', async () => {
    const found = await look(gzipSync('[\n  {"email": "a@b.c"},\n  {"email": "d@e.f"}\n]'))
    expect(found).toMatchObject({
      isPacked: true,
      format: 'json',
      columns: ['email'],
      rows: [['a@b.c'], ['d@e.f']],
    })
  })

  test.each([
    ['a comma', 'email,name\n"\'a@b.c","\'x, ""y"""\n', ',', '\'x, "y"'],
    ['a semicolon', 'email;name\na@b.c;x, y\n', ';', 'x, y'],
    ['a tab', 'email\tname\r\na@b.c\tx\r\n', '\t', 'x'],
  ])('finds %s as the delimiter of CSV', async (_name, text, delimiter, cell) => {
    const found = await look(text)
    expect(found).toMatchObject({
      format: 'csv',
      columns: ['email', 'name'],
      csv: { delimiter, hasHeader: true },
    })
    expect(found.rows[0]?.[1]).toBe(cell)
  })

  test.each([
    ['auth0', 'email,name'],
    ['formula', '"email","name"'],
    ['none', '"email",name'],
  ])('recognizes the guard %s by the quotes of the headings', async (guard, header) => {
    expect((await look(`${header}\n"'x","'y"\n`)).csv).toMatchObject({ guard })
  })

  test('says that a byte order mark is there', async () => {
    expect(await look('\ufeffemail,name\na@b.c,x\n')).toMatchObject({
      hasMark: true,
      columns: ['email', 'name'],
    })
  })

  test('sees that CSV has no header', async () => {
    expect(await look('a@b.c,x\nd@e.f,y\n')).toMatchObject({
      format: 'csv',
      csv: { hasHeader: false },
      columns: [],
    })
  })

  test.each([
    ['empty', ''],
    ['archive', 'PK\u0003\u0004'],
    ['utf16', Buffer.from('email,name\n', 'utf16le')],
    ['page', '<!doctype html>'],
    ['object', '{"users":[{"email":"a@b.c"}\n]}'],
    ['object', '{"users":[{"email":"a@b.c"}]}\n'],
    ['lines', '{\n  "email": "a@b.c"\n}\n'],
    ['noUsers', 'hello'],
    ['damaged', Buffer.from([0x1f, 0x8b, 1, 2, 3])],
  ])('names the trouble %s', async (trouble, bytes) => {
    expect(await look(bytes)).toMatchObject({ trouble })
  })

  test('reads a head of a large file only', async () => {
    const found = await look('{"email":"a@b.c"}\n'.repeat(100_000))
    expect(found.isWhole).toBe(false)
    expect(found.rows).toHaveLength(5)
  })
})

describe('the refused lines', () => {
  const at = (...lines: number[]): RefusedEntry[] => lines.map((line) => ({ line, user: {} }))
  const cut = async (
    text: string | Uint8Array,
    format: Format,
    refused: readonly RefusedEntry[],
    hasHeader = true,
  ) => {
    const signal = new AbortController().signal
    const file = await refusedLines(new Blob([text as string]), {
      format,
      delimiter: ',',
      hasHeader,
      refused,
      signal,
    })
    return file === undefined ? undefined : Buffer.from(await file.arrayBuffer()).toString()
  }

  test('refused lines of NDJSON are byte for byte those of the file, packed or not', async () => {
    const text = '{"a":1}\n\n{"b" : 1.50}\r\n{"c":3}'
    expect(await cut(text, 'ndjson', at(3, 4))).toBe('{"b" : 1.50}\r\n{"c":3}\n')
    expect(await cut(gzipSync(text), 'ndjson', at(3, 4))).toBe('{"b" : 1.50}\r\n{"c":3}\n')
  })

  test('refused lines of CSV have the header, the mark and records of several lines', async () => {
    const text = '\ufeff"email","note"\na,"x\ny"\nb,z\nc,"p ""q"""\n'
    expect(await cut(text, 'csv', at(2, 5))).toBe('\ufeff"email","note"\na,"x\ny"\nc,"p ""q"""\n')
    expect(await cut('\n\nemail\na\nb\n', 'csv', at(5))).toBe('email\nb\n')
    expect(await cut('a\nb\n', 'csv', at(1), false)).toBe('a\n')
  })

  test('refused lines of a JSON array are an array', async () => {
    expect(await cut('[\n {"a":1},\n {"b":2},\n {"c":3}\n]', 'json', at(2, 4))).toBe(
      '[\n{"a":1},\n{"c":3}\n\n]\n',
    )
  })

  test('refused lines of a JSON array on one line are those that the report shows', async () => {
    const refused = [{ line: 1, user: { b: { y: 1, x: 2 }, a: 1 } }]
    expect(await cut('[{"a":1},{"a":1,"b":{"x":2,"y":1}},{"a":3}]', 'json', refused)).toBe(
      '[\n{"a":1,"b":{"x":2,"y":1}}\n]\n',
    )
    // The report masks secrets, so this user is not found.
    expect(await cut('[{"a":1},{"a":2}]', 'json', [{ line: 1, user: { a: '***' } }])).toBeUndefined()
  })

  test('no refused lines are made of another file', async () => {
    expect(await cut('{"a":1}\n', 'ndjson', at(7))).toBeUndefined()
  })
})
