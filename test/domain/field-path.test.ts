import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fieldPathText, isClaimName, parseFieldPath } from '../../src/domain/field-path.ts'

test('a field name is read as a root and the steps into its value', () => {
  expect(parseFieldPath('email')).toEqual({ root: 'email', steps: [] })
  expect(parseFieldPath('identities[0].connection')).toEqual({ root: 'identities', steps: [0, 'connection'] })
  expect(parseFieldPath('a.b[0][12].c d')).toEqual({ root: 'a', steps: ['b', 0, 12, 'c d'] })
  expect(parseFieldPath('https://example.com/claim')).toMatchObject({ root: 'https://example' })
})

test('a name that is empty or contains a dot or a bracket is written quoted in brackets', () => {
  expect(parseFieldPath('app_metadata["a.b"].c')).toEqual({ root: 'app_metadata', steps: ['a.b', 'c'] })
  expect(parseFieldPath('a[""][0]["[1]"]')).toEqual({ root: 'a', steps: ['', 0, '[1]'] })
  expect(parseFieldPath(String.raw`a["\"\\\u00e9\""]`)).toEqual({ root: 'a', steps: ['"\\\u00e9"'] })
  expect(parseFieldPath('["https://x.io/claim"].b')).toEqual({ root: 'https://x.io/claim', steps: ['b'] })
  expect(fieldPathText({ root: 'a', steps: ['b c', 0, 'd.e', ''] })).toBe('a.b c[0]["d.e"][""]')
})

test('a text that is no path is refused with the position', () => {
  for (const name of [
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    'a[',
    'a[]',
    'a[x]',
    'a[-1]',
    'a[01]',
    '[0]',
    'a]b',
    'a[0]b',
    'a[1234567890]',
    'a["',
    'a["b',
    'a["b"',
    'a["b"x]',
    'a["b"]c',
    String.raw`a["b\"]`,
    String.raw`a["\x"]`,
    String.raw`a["\u0000"]`,
    String.raw`a["\ud800"]`,
    'a["\t"]',
  ]) {
    expect(parseFieldPath(name), name).toHaveProperty('problem')
  }
})

test('a path written as text is read back as itself', () => {
  const name = fc.oneof(
    fc.string({ maxLength: 10, unit: 'grapheme' }),
    fc.string({ maxLength: 6, unit: fc.constantFrom('.', '[', ']', '"', '\\', '0', 'a', '\n', "'") }),
  )
  fc.assert(
    fc.property(name, fc.array(fc.oneof(name, fc.nat({ max: 999_999_999 }))), (root, steps) => {
      expect(parseFieldPath(fieldPathText({ root, steps }))).toEqual({ root, steps })
    }),
  )
})

test('a name that needs no quotes is written without them', () => {
  const name = fc
    .string({ minLength: 1, maxLength: 10 })
    .filter((text) => !/[.[\]]/.test(text) && text === text.trim())
  fc.assert(
    fc.property(name, fc.array(fc.oneof(name, fc.nat({ max: 999_999_999 }))), (root, steps) => {
      const written =
        root + steps.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')
      expect(fieldPathText({ root, steps })).toBe(written)
    }),
  )
})

test('a name with blanks at its ends is written in quotes, since blanks around a heading are removed', () => {
  expect(fieldPathText({ root: 'user_metadata', steps: ['plan '] })).toBe('user_metadata["plan "]')
  expect(fieldPathText({ root: 'user_metadata', steps: ['\u200bplan', 'a b'] })).toBe(
    'user_metadata["\u200bplan"].a b',
  )
})

test.each([
  ['https://example.com/dept', true],
  ['http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name', true],
  ['urn:oid:2.5.4.42', true],
  ['custom:dept.x', true],
  ['2.5.4.42', true],
  ['address.city', false],
  ['user_metadata.https://example.com', false],
  ['identities[0].connection', false],
  ['["https://example.com/a"].b', false],
  ['locale', false],
])('the heading %s is one name, a claim: %s', (name, is) => expect(isClaimName(name)).toBe(is))
