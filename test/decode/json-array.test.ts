import fc from 'fast-check'
import { expect, test } from 'vitest'
import { elementCutter } from '../../src/decode/array-elements.ts'
import { readJson } from '../../src/domain/read-json.ts'
import { brief, type Decoded, decoded, inCuts } from '../fixtures/decoding.ts'

const MiB = 1024 * 1024

function read(text: string | Uint8Array, limits = {}): Promise<Decoded> {
  return decoded([text], { format: 'json', limits })
}

test('each element of a JSON array is an entry with the line where the element begins', async () => {
  const { entries } = await read('\ufeff\n[ {"a":"],\\"["},\r\n\n{"b":[1,\n{}]}\n,\n3 ,"x"]\n')
  expect(entries).toEqual([
    { kind: 'user', line: 2, value: { a: '],"[' }, bytes: 13, isPlain: true },
    { kind: 'user', line: 4, value: { b: [1, {}] }, bytes: 14, isPlain: true },
    { kind: 'user', line: 7, value: 3, bytes: 2, isPlain: true },
    { kind: 'user', line: 7, value: 'x', bytes: 3, isPlain: true },
  ])
  expect(await read(' [ ] ')).toEqual({ entries: [] })
})

test('a JSON array is read unchanged, in chunks of any size', async () => {
  const array = fc.array(fc.jsonValue(), { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(array, fc.nat({ max: 3 }), fc.array(fc.nat({ max: 9 })), async (users, space, cuts) => {
      const text = JSON.stringify(users, undefined, space)
      const all = await decoded(inCuts(Buffer.from(text), cuts), { format: 'json' })
      expect(all.failure).toBeUndefined()
      expect(brief(all)).toEqual(readJson(text))
    }),
  )
})

test('P9 a broken element is reported with its line and without its text, and the next elements are read', async () => {
  const all = await read('[{"a":1},\n{"secret":},\n{"b":1]},\n{"c":1} {"d":1},\nsecret,\n{"e":1},\n]')
  expect(brief(all)).toEqual([
    { a: 1 },
    expect.stringMatching(/^2: The user that begins in line 2 is not JSON( \(at character 11\))?$/),
    expect.stringMatching(/^3: The user that begins in line 3 is not JSON/),
    expect.stringMatching(/^4: The user that begins in line 4 is not JSON/),
    expect.stringMatching(/^5: The user that begins in line 5 is not JSON/),
    { e: 1 },
    expect.stringMatching(/^7: The user that begins in line 7 is not JSON/),
  ])
  expect(all.failure).toBeUndefined()
  expect(JSON.stringify(all)).not.toContain('secret')
})

test('an element that is no UTF-8 or too long is reported, and the next elements are read', async () => {
  const odd = Buffer.concat([Buffer.from('["'), Buffer.from([0xff]), Buffer.from('",\n1,"12345678901",2]')])
  expect(brief(await read(odd, { entryBytesMax: 10 }))).toEqual([
    '1: The user that begins in line 1 is no UTF-8',
    1,
    '2: The user that begins in line 2 is longer than 10 bytes',
    2,
  ])
})

test.each(['{"email":"a@x.io"}', '', ' \n', '"a"', 'null', '{"users":[]}', '\u0000\u0001'])(
  'a file that is no JSON array is refused: %j',
  async (text) => {
    expect(await read(text)).toMatchObject({
      entries: [],
      failure: {
        code: 'import_unreadable',
        message: expect.stringMatching(/^The users file must be a JSON array of users\./),
      },
    })
  },
)

test('a JSON array that breaks off gives its earlier entries, then reports the line', async () => {
  const text = '[{"a":1},\n{"b":"x"}\n]'
  for (let end = 1; end < text.length; end++) {
    const all = await read(text.slice(0, end))
    expect(brief(all)).toEqual([{ a: 1 }, { b: 'x' }].slice(0, end < 9 ? 0 : end < 21 ? 1 : 2))
    expect(all.failure).toMatchObject({
      code: 'import_unreadable',
      message: expect.stringMatching(/breaks off (with)?in (the user that begins in )?line [12]:/),
    })
  }
})

test('text after the array is reported, and the array’s entries are given', async () => {
  const all = await read('[1]\n[2]')
  expect(brief(all)).toEqual([1])
  expect(all.failure?.message).toBe('The users file goes on behind its array, in line 2.')
})

test('endless opening brackets are reported without recursion', async () => {
  expect((await read('['.repeat(1_000_000))).failure?.message).toContain('breaks off within the user')
})

test('P3 an element of any length is skipped without being held in memory', () => {
  const cutter = elementCutter(2 * MiB)
  let keptMax = 0
  const push = (chunk: Buffer): unknown[] => {
    const pieces = [...cutter.cut(chunk)]
    keptMax = Math.max(keptMax, cutter.bytesKept())
    return pieces
  }
  push(Buffer.from('[{"a":"'))
  const part = Buffer.alloc(64 * 1024, 'x')
  for (let n = 0; n < 1024; n++) expect(push(part)).toEqual([])
  expect(cutter.bytesKept()).toBe(0)
  expect(push(Buffer.from('"},\n{"a":2}]'))).toEqual([
    { line: 1, bytes: undefined },
    { line: 2, bytes: Buffer.from('{"a":2}') },
  ])
  expect(keptMax).toBeLessThanOrEqual(4 * MiB)
})
