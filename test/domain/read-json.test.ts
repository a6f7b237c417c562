import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readJson } from '../../src/domain/read-json.ts'

// What the V8 of Node 24 takes for one another, read in one order and in the other.
const ALIKE = [
  ['a\\"', 'a"b'],
  ['\\', '"'],
  ['\\n', '\nx'],
  ['a\\u', 'aé\u0001'],
] as const

test.each(ALIKE)('a member %j is none of %j, whichever came first', (one, another) => {
  const texts = [one, another].map((name) => JSON.stringify({ before: one, [name]: { [name]: 1 }, after: 2 }))
  for (const text of [...texts, ...texts.reverse()]) expect(JSON.stringify(readJson(text))).toBe(text)
})

test('a text is read as it was written', () => {
  const name = fc.oneof(
    fc.constantFrom('a', '*', '__proto__', '1', ...ALIKE.flat()),
    fc.string({ unit: 'binary', maxLength: 3 }),
  )
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      fc.oneof(name, fc.integer(), fc.boolean(), fc.constant(null)),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(name, tie('value'), { maxKeys: 4 }),
    ),
  }))
  fc.assert(
    fc.property(value, fc.constantFrom(undefined, 1, '\n\t'), (written, space) => {
      const text = JSON.stringify(written, undefined, space)
      expect(JSON.stringify(readJson(text), undefined, space)).toBe(text)
    }),
    { numRuns: 1000 },
  )
})

test('of two members with one name, however it is spelled, the last has it', () => {
  expect(readJson(String.raw`{"a\"":1,"b":2,"a\u0022":3,"\u0062":4,"b":5}`)).toEqual({ 'a"': 3, b: 5 })
})

test('what is no JSON is told by its position in the text', () => {
  expect(() => readJson(String.raw`{"a\"": 1, b}`)).toThrow(/position 11\b/)
  for (const text of ['', '"', '"\\', String.raw`{"a\":1}`]) expect(() => readJson(text)).toThrow(SyntaxError)
})

test('many escapes are read in one pass', () => {
  const text = JSON.stringify({ 'a"': '\n'.repeat(2_000_000), b: ['"'.repeat(2_000_000)] })
  expect(JSON.stringify(readJson(text))).toBe(text)
})
