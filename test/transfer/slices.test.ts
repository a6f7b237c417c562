import { expect, test } from 'vitest'
import { cutEntries } from '../../src/decode/cut-entries.ts'
import { decodeUsers } from '../../src/decode/decode-users.ts'
import type { ImportFormat } from '../../src/domain/import-request.ts'
import { type Cut, type Cutting, cutSlices } from '../../src/transfer/slices.ts'

async function* inChunks(text: string, bytes: number): AsyncGenerator<Buffer> {
  const buffer = Buffer.from(text)
  for (let at = 0; at < buffer.length; at += bytes) yield buffer.subarray(at, at + bytes)
}

async function cuts(text: string, cutting: Cutting, chunkBytes = 65_536): Promise<Cut[]> {
  const all: Cut[] = []
  for await (const cut of cutSlices(inChunks(text, chunkBytes), cutting)) all.push(cut)
  return all
}

const slicesIn = (all: readonly Cut[]) => all.flatMap((cut) => (cut.kind === 'slice' ? [cut.slice] : []))
const refusedIn = (all: readonly Cut[]) => all.flatMap((cut) => (cut.kind === 'refused' ? [cut.refused] : []))

function ndjson(users: readonly unknown[]): string {
  return users.map((user) => `${JSON.stringify(user)}\n`).join('')
}

const USERS = Array.from({ length: 3000 }, (_, n) => ({
  email: `u${n}@example.com`,
  user_metadata: { text: 'ü'.repeat((n * 7919) % 400), exact: 12345 },
}))

test('slices hold each user once, in the order of the file, and none is too large', async () => {
  const slices = slicesIn(await cuts(ndjson(USERS), { format: 'ndjson' }))
  expect(slices.length).toBeGreaterThan(2)
  expect(slices.flatMap(({ bytes }) => JSON.parse(bytes.toString()))).toEqual(USERS)
  for (const { bytes } of slices) expect(bytes.length).toBeLessThanOrEqual(500_000)
  expect(slices.map(({ number }) => number)).toEqual(slices.map((_, n) => n))
  expect(slices.flatMap(({ users }) => users.map(({ line }) => line))).toEqual(USERS.map((_, n) => n + 1))
})

test('slices depend on the file alone, so a run that goes on cuts the same ones', async () => {
  const hashes = async (chunkBytes: number) =>
    slicesIn(await cuts(ndjson(USERS), { format: 'ndjson' }, chunkBytes)).map(({ hash }) => hash)
  expect(await hashes(4099)).toEqual(await hashes(65_536))
})

test('a user of exactly the size of a slice fits, and one byte more is refused', async () => {
  const frame = Buffer.byteLength(JSON.stringify({ email: 'a@example.com', name: '' }))
  const ofBytes = (bytes: number) => ({ email: 'a@example.com', name: 'x'.repeat(bytes - frame) })
  const fits = await cuts(ndjson([ofBytes(499_996)]), { format: 'ndjson' })
  expect(slicesIn(fits).map(({ bytes }) => bytes.length)).toEqual([500_000])
  const tooLarge = await cuts(ndjson([ofBytes(499_997)]), { format: 'ndjson' })
  expect(refusedIn(tooLarge)).toMatchObject([{ line: 1, errors: [{ code: 'PROFILE_SIZE_EXCEEDED' }] }])
})

test('a number keeps its digits on the way into a slice', async () => {
  const text = '{"email":"a@example.com","app_metadata":{"id":17841461234567891,"price":1.50}}\n'
  const [slice] = slicesIn(await cuts(text, { format: 'ndjson' }))
  expect(slice?.bytes.toString()).toBe(`[\n${text}]`)
})

test("a checked user is held against Auth0's schema, and an attribute that Auth0 lacks is refused", async () => {
  const users = [{ email: 'a@example.com' }, { email: 'b@example.com', locale: 'fr' }, { name: 'no address' }]
  const all = await cuts(ndjson(users), { format: 'ndjson', isChecked: true })
  expect(refusedIn(all).map(({ line, errors }) => [line, errors.map(({ code }) => code)])).toEqual([
    [2, ['OBJECT_ADDITIONAL_PROPERTIES']],
    [3, ['OBJECT_REQUIRED']],
  ])
})

test('the users before the place where a file breaks off are in slices', async () => {
  const seen: Cut[] = []
  const cutting = cutSlices(inChunks('[{"email":"a@example.com"},{"email":"b', 7), { format: 'json' })
  const all = async (): Promise<void> => {
    for await (const cut of cutting) seen.push(cut)
  }
  await expect(all()).rejects.toMatchObject({ code: 'import_unreadable' })
  expect(slicesIn(seen).flatMap(({ users }) => users.map(({ line }) => line))).toEqual([1])
})

test.each<[ImportFormat, string, readonly string[]]>([
  [
    'ndjson',
    '\ufeff{"email":"a"}\r\n\n  \n{"email":}\n{"email":"b"}',
    ['{"email":"a"}\r', '{"email":}', '{"email":"b"}'],
  ],
  ['json', '[ {"email":"a"}, 7 ,\n{"email":\n"b"}]', ['{"email":"a"}', '7 ', '{"email":\n"b"}']],
  ['csv', 'email;name\r\na;"x\r\ny; z"\r\n\r\nb;"""q"""\n', ['a;"x\r\ny; z"', 'b;"""q"""']],
])('the bytes of %s entries are those of the file, entry by entry', async (format, text, expected) => {
  const pieces: string[] = []
  const lines: number[] = []
  for await (const { bytes, line, isHeader } of cutEntries(inChunks(text, 3), { format })) {
    if (isHeader) continue
    pieces.push(String(bytes))
    lines.push(line)
  }
  expect(pieces).toEqual(expected)
  const decoded: number[] = []
  for await (const group of decodeUsers(inChunks(text, 5), { format }))
    decoded.push(...group.map(({ line }) => line))
  expect(lines).toEqual(decoded)
})
