import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findUnstorable } from '../../src/domain/json.ts'
import { readJson, readJsonText } from '../../src/domain/read-json.ts'
import { RepeatedName } from '../../src/domain/read-members.ts'
import { writeJson } from '../../src/domain/write-json.ts'

// What the V8 of Node 24 takes for one another, read in one order and in the other.
const ALIKE = [
  ['a\\"', 'a"b'],
  ['\\', '"'],
  ['\\n', '\nx'],
  ['a\\u', 'aé\u0001'],
] as const

test.each(ALIKE)('a member %j differs from the member %j in either order', (one, another) => {
  const texts = [one, another].map((name) => JSON.stringify({ before: one, [name]: { [name]: 1 }, after: 2 }))
  for (const text of [...texts, ...texts.reverse()]) expect(JSON.stringify(readJson(text))).toBe(text)
})

test('a JSON text is read and written unchanged', () => {
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
    { numRuns: 400 },
  )
})

test.each([
  ['{"a":1,"b":2,"a":3}', '"a"', ''],
  ['{"a":1 , "a" : 1}', '"a"', ''],
  ['{"a":1,"\\u0061":2}', '"a"', ''],
  [String.raw`{"a\"":1,"a\u0022":3}`, String.raw`"a\""`, ''],
  ['{"":0,"":0}', '""', ''],
  ['{"__proto__":1,"__proto__":2}', '"__proto__"', ''],
  ['{"user_metadata":{"cars":[{},{"x":{"plate":1,"plate":1}}]}}', '"plate"', 'user_metadata.cars[1].x'],
  ['[{"a":":","b":{}},{"a":[],"b":":","a":[]}]', '"a"', '[1]'],
  [`{"n":1e5,"${'n'.repeat(300)}":1,"${'n'.repeat(300)}":1}`, `"${'n'.repeat(100)}…"`, ''],
])('an object with two values under one name is refused, in any spelling: %s', (text, repeated, place) => {
  let thrown: unknown
  try {
    readJson(text)
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(RepeatedName)
  expect(thrown).toMatchObject({ repeated, place })
})

// Names and texts that look like what stands between them.
const odd = fc.string({ unit: fc.constantFrom('"', ':', ',', '{', '\\', '1', 'a', ' ', 'é'), maxLength: 3 })

test('a repeated name is found at any depth, and no other name', () => {
  const { value } = fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      fc.oneof(
        odd.map((text) => JSON.stringify(text)),
        fc.constantFrom('1', '-0', '1.50', 'true', 'null', '1e3'),
      ),
      fc.array(tie('value'), { maxLength: 3 }).map((items) => `[ ${items.join(' ,')}]`),
      fc
        .array(fc.tuple(odd, tie('value')), { maxLength: 3 })
        .map(
          (members) =>
            `{${members.map(([name, member]) => `${JSON.stringify(name)} :${member}`).join(', ')}}`,
        ),
    ),
  }))
  fc.assert(
    fc.property(value, (text) => {
      const names = namesIn(text)
      const isRepeated = names.some((all) => new Set(all).size < all.length)
      if (isRepeated) expect(() => readJson(text)).toThrow(RepeatedName)
      else expect(() => readJson(text)).not.toThrow()
    }),
    { numRuns: 400 },
  )
})

test('a text that is no JSON is refused with the position', () => {
  expect(() => readJson(String.raw`{"a\"": 1, b}`)).toThrow(/position 11\b/)
  for (const text of ['', '"', '"\\', String.raw`{"a\":1}`]) expect(() => readJson(text)).toThrow(SyntaxError)
})

test('a text with many escapes is read in one pass', () => {
  const text = JSON.stringify({ 'a"': '\n'.repeat(2_000_000), b: ['"'.repeat(2_000_000)] })
  expect(JSON.stringify(readJson(text))).toBe(text)
})

/** The names of each object of a sound text, by a reader of its own. */
function namesIn(text: string): readonly (readonly string[])[] {
  const objects: string[][] = []
  const open: (string[] | undefined)[] = []
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g)) {
    if (token === '{') {
      const names: string[] = []
      objects.push(names)
      open.push(names)
    } else if (token === '[') open.push(undefined)
    else if (token === '}' || token === ']') open.pop()
    else if (token.endsWith(':')) open.at(-1)?.push(JSON.parse(token.replace(/\s*:$/, '')) as string)
  }
  return objects
}

test.each([
  '17841461234567891',
  '-9223372036854775809',
  '12345678901234567890',
  '0.1234567890123456789',
  '0.1000000000000000055511151231257827',
  '1.50',
  '1.0',
  '0.0000001',
  '0.0',
  '-1.20',
  '9007199254740993',
  '100000000000000000000000',
  `1${'0'.repeat(99)}`,
])('a number keeps the digits %s at any place', (digits) => {
  for (const text of [digits, `[${digits}]`, `{"a":{"b":[${digits},1]},"c":"${digits}"}`]) {
    expect(writeJson(readJson(text))).toBe(text)
    expect(findUnstorable(readJson(text))).toBeUndefined()
  }
})

test.each([
  ['1E5', '100000'],
  ['1e21', '1000000000000000000000'],
  ['-0', '0'],
  ['-0.00', '0.00'],
  ['1.50e1', '15.0'],
  ['1e-7', '0.0000001'],
  ['100e-2', '1.00'],
  ['0e5', '0'],
  ['0.001e5', '100'],
  ['-1.2E+1', '-12'],
])('the number %s becomes %s, which is the text that PostgreSQL writes', (literal, plain) => {
  expect(writeJson(readJson(`{"n": [${literal}]}`))).toBe(`{"n":[${plain}]}`)
})

test('a number with more than a hundred digits is refused with its place, in any notation', () => {
  const long = [
    '1e100',
    '1e308',
    '1e-100',
    '1e-400',
    '0e-100',
    '1e99999999999999999999',
    '9'.repeat(101),
    `0.${'1'.repeat(100)}`,
  ]
  for (const digits of [...long, ...long.map((digits) => `-${digits}`)]) {
    const found = findUnstorable(readJson(`{"a":[{"n":${digits}}]}`))
    expect(found?.path).toBe('a[0].n')
    expect(found?.reason).toMatch(/digits .* at most 100/)
  }
})

test('a number with fewer digits comes back with the same digits', () => {
  const some = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 45 })
  const literal = fc
    .tuple(fc.constantFrom('', '-'), some, fc.option(some, { nil: undefined }))
    .map(([sign, whole, fraction]) => {
      const plain = whole.replace(/^0+(?=.)/, '') + (fraction === undefined ? '' : `.${fraction}`)
      return /[1-9]/.test(plain) ? sign + plain : plain
    })
  fc.assert(
    fc.property(fc.array(literal, { minLength: 1, maxLength: 5 }), odd, (literals, name) => {
      const text = `{${JSON.stringify(name)}:[${literals.join(',')}]}`
      expect(writeJson(readJson(text))).toBe(text)
    }),
    { numRuns: 400 },
  )
})

test('a value that is read as plain contains nothing that cannot be stored', () => {
  fc.assert(
    fc.property(fc.json({ stringUnit: 'binary', maxDepth: 8 }), fc.nat({ max: 120 }), (json, depth) => {
      const text = '['.repeat(depth) + json + ']'.repeat(depth)
      const { value, isPlain } = readJsonText(text)
      if (isPlain) expect(findUnstorable(value)).toBeUndefined()
    }),
    { numRuns: 700 },
  )
})

test('a text may be nested to any depth', () => {
  const text = `${'['.repeat(200_000)}1.50${']'.repeat(200_000)}`
  expect(findUnstorable(readJson(text))?.reason).toContain('deep')
})

test('the growth of numbers written without exponents is counted', () => {
  expect(readJsonText('[1e99,1.5,-0,"1e99"]').growth).toBe(100 - 4 - 1)
  expect(readJsonText('[17841461234567891]').growth).toBe(0)
})
