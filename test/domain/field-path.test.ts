import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseFieldPath } from '../../src/domain/field-path.ts'

test('a field name is read as a root and the steps into it', () => {
  expect(parseFieldPath('email')).toEqual({ root: 'email', steps: [] })
  expect(parseFieldPath('identities[0].connection')).toEqual({ root: 'identities', steps: [0, 'connection'] })
  expect(parseFieldPath('a.b[0][12].c d')).toEqual({ root: 'a', steps: ['b', 0, 12, 'c d'] })
  expect(parseFieldPath('https://example.com/claim')).toMatchObject({ root: 'https://example' })
})

test('what is no path is refused with the position', () => {
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
  ]) {
    expect(parseFieldPath(name), name).toHaveProperty('problem')
  }
})

test('any path written from steps is read back as these steps', () => {
  const name = fc.string({ minLength: 1, maxLength: 10 }).filter((text) => !/[.[\]]/.test(text))
  fc.assert(
    fc.property(name, fc.array(fc.oneof(name, fc.nat({ max: 999_999_999 }))), (root, steps) => {
      const written =
        root + steps.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')
      expect(parseFieldPath(written)).toEqual({ root, steps })
    }),
  )
})
