import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'vitest'
import { CopiedTexts } from '../../src/pg/copied-texts.ts'

type Row = readonly [text: string, number: number]

const FORMAT_HEADER = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)])
const TRAILER = Buffer.from([0xff, 0xff])
const NOTICE = message('N', Buffer.from('SNOTICE\0Mby the way\0\0'))
const READY = message('Z', Buffer.from('T'))
const WELL_ENDED = [message('c', Buffer.alloc(0)), message('C', Buffer.from('COPY 1\0')), READY]
const ILL_ENDED = [message('E', Buffer.from('SERROR\0C22012\0Mdivision by zero\0\0')), READY]

function message(kind: string, content: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(4 + content.length)
  return Buffer.concat([Buffer.from(kind), length, content])
}

function inFormat([text, number]: Row): Buffer {
  const content = Buffer.from(text)
  const row = Buffer.alloc(2 + 4 + content.length + 4 + 8)
  row.writeInt16BE(2)
  row.writeInt32BE(content.length, 2)
  content.copy(row, 6)
  row.writeInt32BE(8, 6 + content.length)
  row.writeUInt32BE(number, row.length - 4)
  return row
}

/** What a server sends for a COPY of these rows, up to its end. */
function sent(rows: readonly Row[], withNotices: boolean, isWhole: boolean): Buffer {
  const [first = TRAILER, ...others] = [
    ...rows.map(inFormat),
    ...(isWhole && rows.length > 0 ? [TRAILER] : []),
  ]
  const data = [Buffer.concat([FORMAT_HEADER, first]), ...others].map((content) => message('d', content))
  const spaced = data.flatMap((one) => (withNotices ? [NOTICE, one] : [one]))
  return Buffer.concat([message('H', Buffer.from([1, 0, 2, 0, 1, 0, 1])), ...spaced])
}

/** Reads bytes in chunks that are overwritten once they have been taken, as those of a lending socket are. */
function read(
  bytes: Buffer,
  cuts: readonly number[],
  asides: Buffer[] = [],
  reader = new CopiedTexts((aside) => asides.push(aside)),
) {
  const texts: Buffer[] = []
  const rests: Buffer[] = []
  const places = [...new Set([0, ...cuts.map((cut) => cut % bytes.length), bytes.length])].sort(
    (a, b) => a - b,
  )
  places.slice(1).forEach((end, index) => {
    const chunk = Buffer.from(bytes.subarray(places[index], end))
    if (rests.length > 0) rests.push(chunk)
    else {
      const { textBytes, rest } = reader.take(chunk)
      texts.push(Buffer.from(chunk.subarray(0, textBytes)))
      if (rest !== undefined) rests.push(rest)
      chunk.fill(0)
    }
  })
  return {
    text: Buffer.concat(texts).toString(),
    total: reader.total,
    asides: Buffer.concat(asides),
    rest: Buffer.concat(rests),
  }
}

test('the texts and numbers of a COPY come whole and in order, in chunks of any size', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 40 })
  const rows = fc.array(fc.tuple(text, fc.nat({ max: 0xffff_ffff })), { maxLength: 6 })
  const cuts = fc.array(fc.nat(), { maxLength: 12 })
  fc.assert(
    fc.property(rows, fc.boolean(), fc.boolean(), cuts, (given, withNotices, isWhole, where) => {
      fc.pre(isWhole || given.length > 0)
      const ending = Buffer.concat(isWhole ? WELL_ENDED : ILL_ENDED)
      const copy = sent(given, withNotices, isWhole)
      const seen = read(Buffer.concat([copy, ending]), where)
      const messages = isWhole ? Math.max(1, given.length + 1) : given.length
      assert.deepEqual(seen, {
        text: given.map(([value]) => value).join(''),
        total: given.reduce((sum, [, number]) => sum + number, 0),
        asides: Buffer.concat(Array.from({ length: withNotices ? messages : 0 }, () => NOTICE)),
        rest: ending,
      })
    }),
    { numRuns: 1000 },
  )
})

test('the texts of rows without messages come whole wherever the bytes are cut', () => {
  const rows = fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.nat({ max: 0xffff_ffff })), {
    maxLength: 6,
  })
  fc.assert(
    fc.property(rows, fc.array(fc.nat(), { maxLength: 12 }), (given, cuts) => {
      const bytes = Buffer.concat([FORMAT_HEADER, ...given.map(inFormat), TRAILER])
      const { text, total, rest } = read(bytes, cuts, [], new CopiedTexts())
      assert.equal(text, given.map(([value]) => value).join(''))
      assert.equal(
        total,
        given.reduce((sum, [, number]) => sum + number, 0),
      )
      assert.equal(rest.length, 0)
    }),
    { numRuns: 1000 },
  )
})

test('the texts of a COPY come whole when the bytes are cut once at any place', () => {
  const rows: Row[] = [
    ['first', 1],
    ['', 0],
    ['third', 0xffff_ffff],
  ]
  const bytes = Buffer.concat([sent(rows, true, true), ...WELL_ENDED])
  for (let cut = 1; cut < bytes.length; cut++) {
    const { text, total, rest } = read(bytes, [cut])
    assert.deepEqual(
      { text, total, rest },
      { text: 'firstthird', total: 2 ** 32, rest: Buffer.concat(WELL_ENDED) },
    )
  }
})
