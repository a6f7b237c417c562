import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeUsers } from '../../src/decode/decode-users.ts'
import { brief, type Decoded, decoded, inCuts } from '../fixtures/decoding.ts'

const lines = Array.from({ length: 50 }, (_, n) => `{"email":"user-${n}@example.com","n":${n * 7919}}\n`)
const text = lines.join('')
const users = lines.map((line) => JSON.parse(line))

function read(chunks: Iterable<Uint8Array>, limits = {}): Promise<Decoded> {
  return decoded(chunks, { format: 'ndjson', limits })
}

test('a gzip file is recognized by its first bytes, with any number of members and in chunks of any size', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat({ max: text.length }), { maxLength: 4 }),
      fc.array(fc.nat({ max: 50 })),
      async (members, cuts) => {
        const bounds = [0, ...members.toSorted((a, b) => a - b), text.length]
        const gzip = Buffer.concat(bounds.slice(1).map((end, n) => gzipSync(text.slice(bounds[n], end))))
        const all = await read(inCuts(gzip, cuts))
        expect(all.failure).toBeUndefined()
        expect(brief(all)).toEqual(users)
      },
    ),
    { numRuns: 50 },
  )
})

test('a gzip file is read the same with a byte order mark inside, zeros at the end or an empty member', async () => {
  const gzip = [gzipSync(''), gzipSync(`\ufeff${text}`), gzipSync(''), Buffer.alloc(512)]
  for (const chunks of [gzip, [Buffer.concat(gzip)], inCuts(Buffer.concat(gzip), Array(400).fill(1))]) {
    const all = await read(chunks)
    expect(all.failure).toBeUndefined()
    expect(brief(all)).toEqual(users)
  }
})

test('a gzip file that breaks off at any byte gives its earlier entries, then reports the byte', async () => {
  const gzip = gzipSync(text)
  let most = 0
  for (let end = 2; end < gzip.length; end++) {
    const all = await read(inCuts(gzip.subarray(0, end), [end / 2]))
    expect(all.failure).toMatchObject({
      code: 'import_unreadable',
      message: `The users file is gzip that breaks off at byte ${end}.`,
    })
    expect(brief(all)).toEqual(users.slice(0, all.entries.length))
    expect(all.entries.length).toBeGreaterThanOrEqual(most)
    most = all.entries.length
  }
  expect(most).toBe(users.length)
})

test('a gzip file damaged at any byte gives only users of the file', async () => {
  const gzip = gzipSync(text)
  for (let at = 10; at < gzip.length; at++) {
    const bytes = Buffer.from(gzip)
    bytes[at] = (bytes[at] ?? 0) ^ 0xff
    const all = await read([bytes])
    expect(all.failure).toMatchObject({ code: 'import_unreadable' })
  }
  const all = await read([gzip, Buffer.from('something else')])
  expect(brief(all)).toEqual(users)
  expect(all.failure?.message).toMatch(/gzip that is damaged, at byte \d+/)
  for (const zeros of [1, 1000, 40_000]) {
    const padded = Buffer.concat([gzip, Buffer.alloc(zeros), gzip])
    for (const chunks of [[padded], inCuts(padded, [gzip.length]), inCuts(padded, [gzip.length + 1])]) {
      expect((await read(chunks)).failure?.message).toContain('damaged')
    }
  }
})

test('P3 a gzip file that holds more than an import may is refused before the unpacking', async () => {
  const limits = { bytesFree: 100_000, ratioMax: 20 }
  const bomb = gzipSync(Buffer.concat([Buffer.from(text), Buffer.alloc(50_000_000, '\n')]))
  const all = await read([bomb], limits)
  expect(all.failure).toMatchObject({ code: 'import_unreadable' })
  expect(all.failure?.message).toMatch(/hold more than \d+; at most 20 times as many/)
  expect((await read([gzipSync(text)], limits)).failure).toBeUndefined()
})

test('a file that only begins like gzip is reported as damaged, and one such byte alone is no gzip', async () => {
  expect((await read([Buffer.from([0x1f, 0x8b, 0x0a, 0x0a])])).failure?.message).toContain('damaged')
  expect((await read([Buffer.from([0x1f])])).entries).toMatchObject([{ kind: 'unreadable', line: 1 }])
})

test('a consumer that stops early closes a gzip source', async () => {
  let isClosed = false
  const endless = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield gzipSync(text)
    } finally {
      isClosed = true
    }
  }
  for await (const group of decodeUsers(endless(), { format: 'ndjson' })) {
    expect(group).toHaveLength(users.length)
    break
  }
  expect(isClosed).toBe(true)
})
