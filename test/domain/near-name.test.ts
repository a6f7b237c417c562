import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { meaningAmong, remembered, trimmed, visible } from '../../src/domain/near-name.ts'
import { IMPORTED_NAMES } from '../../src/domain/profile.ts'
import { propertyRuns } from '../fixtures/property-runs.ts'

const meaning = meaningAmong(IMPORTED_NAMES)
const BLANKS = [' ', '\t', '\u00a0', '\u2003', '\u3000', '\u200b', '\u200d', '\u2060', '\ufeff', '\u00ad']

const known = fc.constantFrom(...IMPORTED_NAMES)
const capitals = known.chain((name) =>
  fc
    .array(fc.boolean(), { minLength: name.length, maxLength: name.length })
    .map((ups) => [...name].map((letter, at) => (ups[at] === true ? letter.toUpperCase() : letter)).join('')),
)
const blanks = fc.array(fc.constantFrom(...BLANKS), { maxLength: 3 }).map((list) => list.join(''))

describe('the meaning of a name', () => {
  test('a name that differs in case, blanks and invisible characters only means the known name', () => {
    fc.assert(
      fc.property(blanks, capitals, blanks, (before, name, behind) => {
        const written = before + name + behind
        fc.pre(!IMPORTED_NAMES.includes(written))
        expect(meaning(written)).toEqual({ name: name.toLowerCase(), isSame: true })
      }),
      propertyRuns(500),
    )
  })

  test('a name that differs in separators is near to the known name', () => {
    const separated = known
      .filter((name) => name.includes('_'))
      .chain((name) => fc.constantFrom('-', '.', ' ', '').map((separator) => [name, separator] as const))
    fc.assert(
      fc.property(separated, fc.boolean(), ([name, separator], isCamel) => {
        const parts = name.split('_').map((part) => (isCamel ? part[0]?.toUpperCase() + part.slice(1) : part))
        expect(meaning(parts.join(separator))).toEqual({ name, isSame: false })
      }),
      propertyRuns(300),
    )
  })

  test('a name with one typing error is near to a known name', () => {
    const slip = known
      .filter((name) => name.length > 4)
      .chain((name) =>
        fc.record({
          name: fc.constant(name),
          at: fc.nat({ max: name.length - 2 }),
          letter: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'),
          kind: fc.constantFrom('too many', 'too few', 'another', 'swapped'),
        }),
      )
    fc.assert(
      fc.property(slip, ({ name, at, letter, kind }) => {
        const tail = { 'too many': 0, 'too few': 1, another: 1, swapped: 2 }[kind]
        const middle = kind === 'swapped' ? `${name[at + 1]}${name[at]}` : kind === 'too few' ? '' : letter
        const written = name.slice(0, at) + middle + name.slice(at + tail)
        fc.pre(!IMPORTED_NAMES.includes(written) && written !== 'locked')
        expect(meaning(written), written).toBeDefined()
      }),
      propertyRuns(1000),
    )
  })
})

test.each([
  ...['locale', 'gender', 'upn', 'tenantid', 'sub', 'address', 'birthdate', 'zoneinfo', 'website', 'profile'],
  ...[
    'middle_name',
    'preferred_username',
    'phone_number_verified',
    'last_name',
    'first_name',
    'display_name',
  ],
  ...[
    'organization_id',
    '_id',
    'tenant',
    'connection',
    'game',
    'fame',
    'same',
    'nam',
    'locked',
    'email2',
    '',
  ],
  ...['https://example.com/dept', 'urn:oid:2.5.4.42', '日本', 'deleted', 'user', 'id', 'picture_1', 'groups'],
])('the name %s is another attribute, and near to none', (name) => expect(meaning(name)).toBeUndefined())

test.each([
  ['e mail', 'email', true],
  ['ｅｍａｉｌ', 'email', true],
  ['userName', 'username', true],
  ['user_name', 'username', false],
  ['E-Mail', 'email', false],
  ['emails', 'email', false],
  ['emial', 'email', false],
  ['mail', 'email', false],
  ['еmail', 'email', false],
  ['nmae', 'name', false],
  ['Last Login', 'last_login', false],
  ['loginCount', 'logins_count', false],
  ['user_metdata', 'user_metadata', false],
  ['passwordHash', 'password_hash', false],
])('the name %s means %s, as the same name: %s', (name, meant, isSame) => {
  expect(meaning(name)).toEqual({ name: meant, isSame })
})

test('a remembered meaning is the same, and the memory is bounded', () => {
  let asked = 0
  const counted = remembered((name) => {
    asked++
    return meaning(name)
  }, 2)
  for (let round = 0; round < 3; round++)
    for (const name of ['Email', 'emial', 'names']) expect(counted(name)).toEqual(meaning(name))
  expect(asked).toBe(2 + 3)
})

test('a name is shown with codes for invisible characters', () => {
  expect(visible('\u00a0na me\u200b')).toBe('"\\u00a0na me\\u200b"')
  expect(visible('x'.repeat(100))).toBe(`"${'x'.repeat(60)}…"`)
})

test('blanks are removed only at the ends of a name', () => {
  expect(trimmed('\ufeff\t\u00a0Last Login\u200b ')).toBe('Last Login')
  expect(trimmed(' \u200b ')).toBe('')
})
