import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeUsers } from '../../src/decode/decode-users.ts'
import { lineCutter } from '../../src/decode/lines.ts'
import { brief, type Decoded, decoded, inCuts, sourceOf } from '../fixtures/decoding.ts'

const MiB = 1024 * 1024

function read(text: string | Uint8Array, limits = {}): Promise<Decoded> {
  return decoded([text], { format: 'ndjson', limits })
}

test('each NDJSON line is an entry with its line number and size', async () => {
  const { entries } = await read('{"email":"a@x.io"}\n{"email":"b@x.io","n":1}\n')
  expect(entries).toEqual([
    { kind: 'user', line: 1, value: { email: 'a@x.io' }, bytes: 18, isPlain: true },
    { kind: 'user', line: 2, value: { email: 'b@x.io', n: 1 }, bytes: 24, isPlain: true },
  ])
})

test('a blank line, a carriage return, a byte order mark or a missing last newline changes nothing', async () => {
  const { entries } = await read('\ufeff{"a":1}\r\n\r\n  \n\n{"a":2}')
  expect(entries).toEqual([
    { kind: 'user', line: 1, value: { a: 1 }, bytes: expect.any(Number), isPlain: true },
    { kind: 'user', line: 5, value: { a: 2 }, bytes: 7, isPlain: true },
  ])
  expect(await read('')).toEqual({ entries: [] })
  expect(await read('\ufeff')).toEqual({ entries: [] })
  expect(await read('\n\n')).toEqual({ entries: [] })
})

test('P9 a line that is no JSON is reported by line and character without its text, and the next line is read', async () => {
  const all = await read('{"a":1}\n{"secret" 2}\nsecret\n{"a":"sec\n{"a":3}')
  expect(brief(all)).toEqual([
    { a: 1 },
    expect.stringMatching(/^2: Line 2 is not JSON( \(at character 11\))?$/),
    expect.stringMatching(/^3: Line 3 is not JSON( \(at character 1\))?$/),
    expect.stringMatching(/^4: Line 4 is not JSON( \(at character \d+\))?$/),
    { a: 3 },
  ])
  expect(all.failure).toBeUndefined()
  expect(JSON.stringify(all)).not.toContain('sec')
})

test('a line of any JSON value is an entry, and no member changes a prototype', async () => {
  const text = '5\nnull\n[1]\n{"__proto__":{"admin":true},"constructor":1}\n'
  const { entries } = await read(text)
  expect(entries.map((entry) => entry.kind === 'user' && JSON.stringify(entry.value))).toEqual(
    text.trim().split('\n'),
  )
  expect(({} as Record<string, unknown>)['admin']).toBeUndefined()
})

test('a byte that is no UTF-8 is never read as another character', async () => {
  const line = Buffer.from([0x22, 0xff, 0x22, 0x0a])
  const all = await read(Buffer.concat([Buffer.from('{"a":1}\n'), line, Buffer.from('"\ufffd\u00fc"\n')]))
  expect(brief(all)).toEqual([{ a: 1 }, '2: Line 2 is no UTF-8', '\ufffd\u00fc'])
})

test('a line that is too long is reported, and the next line is read', async () => {
  const limits = { entryBytesMax: 10 }
  const all = await read(`{"a":1234}\n{"a":12345}\n"${'x'.repeat(100)}"\n{"a":1}`, limits)
  const message = 'is longer than 10 bytes'
  expect(brief(all)).toEqual([{ a: 1234 }, `2: Line 2 ${message}`, `3: Line 3 ${message}`, { a: 1 }])
})

test('P3 a line of any length is skipped without being held in memory', async () => {
  const cutter = lineCutter(2 * MiB)
  let keptMax = 0
  const push = (chunk: Buffer): unknown[] => {
    const pieces = [...cutter.cut(chunk)]
    keptMax = Math.max(keptMax, cutter.bytesKept())
    return pieces
  }
  expect(push(Buffer.from('{"a":1}\n{"a":"'))).toHaveLength(1)
  const part = Buffer.alloc(64 * 1024, 'x')
  for (let n = 0; n < 1024; n++) expect(push(part)).toEqual([])
  expect(cutter.bytesKept()).toBe(0)
  expect(push(Buffer.from('"}\n{"a":2}\n'))).toEqual([
    { line: 2, bytes: undefined },
    { line: 3, bytes: Buffer.from('{"a":2}') },
  ])
  expect(keptMax).toBeLessThanOrEqual(4 * MiB)
})

test('a file that is no NDJSON fails after its earlier entries are given', async () => {
  const garbage = Buffer.from(Array.from({ length: 5000 }, (_, at) => (at % 5 === 0 ? 10 : 128 + (at % 100))))
  const all = await read(Buffer.concat([Buffer.from('{"a":1}\n'), garbage]))
  expect(brief(all)).toHaveLength(1001)
  expect(brief(all)[0]).toEqual({ a: 1 })
  expect(all.failure).toMatchObject({ code: 'import_unreadable' })
  expect(all.failure?.message).toContain('the last 1000 entries up to line 1002')
})

test('unreadable lines between users never fail a file', async () => {
  const all = await read('x\nx\n1\nx\nx\n2\nx\nx', { unreadableRunMax: 3 })
  expect(all.entries).toHaveLength(8)
  expect(all.failure).toBeUndefined()
})

test('P3 entries come in groups of bounded size', async () => {
  const sizes: number[] = []
  for await (const group of decodeUsers(sourceOf(['1\n'.repeat(2500)]), { format: 'ndjson' })) {
    sizes.push(group.length)
  }
  expect(sizes).toEqual([1000, 1000, 500])
})

test('a consumer that stops early closes the source', async () => {
  let isClosed = false
  const endless = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield Buffer.from('{"a":1}\n')
    } finally {
      isClosed = true
    }
  }
  for await (const group of decodeUsers(endless(), { format: 'ndjson' })) {
    expect(group).toHaveLength(1)
    break
  }
  expect(isClosed).toBe(true)
})

test('an NDJSON file gives the same entries in chunks of any size', async () => {
  const line = fc.oneof(
    fc.json(),
    fc.constantFrom('', ' ', '{"a":', '\u00fc\u20ac\u{1f600}', `"${'y'.repeat(50)}"`, '{"a":"\u20ac"}'),
  )
  const file = fc.tuple(
    fc.constantFrom('', '\ufeff'),
    fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n'))),
    line,
  )
  await fc.assert(
    fc.asyncProperty(file, fc.array(fc.nat({ max: 12 })), async ([mark, lines, last], lengths) => {
      const bytes = Buffer.from(mark + lines.flat().join('') + last)
      const options = { format: 'ndjson', limits: { entryBytesMax: 40 } } as const
      expect(await decoded(inCuts(bytes, lengths), options)).toEqual(await decoded([bytes], options))
    }),
  )
})
