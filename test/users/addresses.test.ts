import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findUnstorable } from '../../src/domain/json.ts'
import { isEmail, problemsOf } from '../../src/schema/check.ts'
import { checkImported } from '../../src/users/check-import.ts'
import { propertyRuns } from '../fixtures/property-runs.ts'

// As the schema of POST /api/v2/users has it.
const POST = { type: 'string', format: 'email' }

const SOUND = [
  "o'hara+x@example.com",
  'a@school.academy',
  'a@xn--mnchen-3ya.de',
  'A.B@Example.COM',
  'jörg@münchen.de',
  `${'l'.repeat(64)}@example.com`,
]
const UNSOUND = [
  ...[
    'a..b@example.com',
    '.a@example.com',
    'a.@example.com',
    'a@example.co1',
    'a@example',
    'a@-x.io',
    'a@x-.io',
  ],
  ...[
    'a@x..io',
    'a b@x.io',
    'a@b@x.io',
    '@x.io',
    'a@',
    '',
    `${'l'.repeat(65)}@x.io`,
    `a@${'d'.repeat(64)}.io`,
  ],
]

function isImported(email: string): boolean {
  const checked = checkImported({ email }, { preserve: false, isStrict: true })
  if (!('errors' in checked)) return true
  expect(checked.errors).toEqual([expect.objectContaining({ code: 'FORMAT', path: '#/email' })])
  return false
}

test.each(SOUND)('the address %j is accepted by POST and by an import', (email) => {
  expect([isImported(email), problemsOf(POST, email)]).toEqual([true, []])
})

test.each(UNSOUND)('the address %j is refused by POST and by an import', (email) => {
  expect([isImported(email), problemsOf(POST, email).length]).toEqual([false, 1])
})

const piece = fc.oneof(
  fc.constantFrom(
    'a',
    'b1',
    'A',
    '.',
    '..',
    '-',
    '_',
    '+',
    "'",
    '"',
    ' ',
    '@',
    'x.io',
    'é',
    '日',
    '1',
    'xn--a',
    'com',
  ),
  fc.string({ unit: 'grapheme', maxLength: 3 }),
  fc.integer({ min: 55, max: 70 }).map((length) => 'l'.repeat(length)),
)
const near = fc
  .tuple(
    fc.array(piece, { maxLength: 4 }),
    fc.array(piece, { maxLength: 4 }),
    fc.constantFrom('.com', '.de', '', '.c1'),
  )
  .map(([local, domain, end]) => `${local.join('')}@${domain.join('')}${end}`)

test('an import accepts exactly the addresses that POST accepts', () => {
  fc.assert(
    fc.property(fc.oneof(near, fc.emailAddress()), (email) => {
      // What cannot be stored is refused before.
      fc.pre(findUnstorable(email) === undefined)
      const isPosted = problemsOf(POST, email).length === 0
      expect([isEmail(email), isImported(email)]).toEqual([isPosted, isPosted])
    }),
    propertyRuns(3000),
  )
})
