import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readJson, writeJson } from '../../console/src/format/json-text.ts'

test('JSON that is read and written over several lines means the same', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(writeJson(readJson(JSON.stringify(value))))).toEqual(
        JSON.parse(JSON.stringify(value)),
      )
    }),
  )
})

test('a number keeps every digit and its place', () => {
  const text = '{"b":17841461234567891,"1":1.50,"0":-0}'
  expect(writeJson(readJson(text))).toBe('{\n  "b": 17841461234567891,\n  "1": 1.50,\n  "0": -0\n}')
})

test('invisible characters and those that turn a line around are written as escapes', () => {
  const written = writeJson(readJson('"a\u202eb\u200bc\u0085\u2028d"'))
  expect(written).toBe('"a\\u202eb\\u200bc\\u0085\\u2028d"')
  expect(JSON.parse(written)).toBe('a\u202eb\u200bc\u0085\u2028d')
})

test('the joiners of Persian words and of emoji stay', () => {
  expect(writeJson(readJson('"می\u200cخواهم 👩\u200d🚀"'))).toBe('"می\u200cخواهم 👩\u200d🚀"')
})

test('a value of 100,000 levels is shown unchanged', () => {
  const text = `${'['.repeat(100_000)}"]\\"["${']'.repeat(100_000)}`
  expect(writeJson(readJson(`{"deep":${text}}`)).replaceAll(/\s/g, '')).toBe(`{"deep":${text}}`)
})

test('a text of a megabyte with quotes and backslashes is read whole', () => {
  const text = '\\"'.repeat(500_000)
  expect(readJson(JSON.stringify(text))).toEqual({ kind: 'text', text })
})

test.each(['', '{', '[1,]', '{"a" 1}', '[1] 2', '"a', '{"a":}', '[', '[[[', `${'['.repeat(100)}"`])(
  'a text that is no JSON is refused: %j',
  (text) => {
    expect(() => readJson(text)).toThrow(SyntaxError)
  },
)
