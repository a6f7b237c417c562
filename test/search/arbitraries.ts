import fc from 'fast-check'
import { isJsonObject, type Json, type JsonObject } from '../../src/domain/json.ts'
import { ATTRIBUTES, isAttribute } from '../../src/domain/profile.ts'
import type { End, GlobPiece, Question } from './question.ts'

// Few values and many kinds of them, so that questions meet users. Letters beyond a to z are of those that have
// one case or stand in one case only: which other letters are the same is the database's locale to say.

const LAST = '\u{10ffff}'
const TEXTS = [
  ...[
    '',
    'a',
    'A',
    'ab',
    'aB',
    'abc',
    'Abd',
    'b',
    'a b',
    'jane smith',
    'é',
    '日本',
    '😀',
    '😀a',
    `a${LAST}`,
    `a${LAST}z`,
  ],
  ...[
    'a%',
    'a_',
    '%',
    '_',
    'a\\',
    '\\%',
    '"',
    "'",
    "a'--",
    '$1',
    '*',
    'a*',
    '?',
    '+a',
    '-a',
    '(a)',
    'a:b',
    '{}',
    '[]',
  ],
  ...[
    '5',
    '5.0',
    '05',
    '-5',
    '1e1',
    '10',
    '1.5',
    ' 5',
    'true',
    'false',
    'null',
    'AND',
    'NOT',
    'TO',
    '\n',
    '\u200b',
    '2017-11',
  ],
]
const text = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme-ascii', maxLength: 6 }) },
)
const number = fc.oneof(
  fc.constantFrom(0, 5, -5, 10, 1.5, 0.1, 1e21, 5e-324, Number.MAX_SAFE_INTEGER, Number.MAX_VALUE),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
)
const KEYS = ['a', 'b', 'a.b', 'a b', '', '__proto__', '1', '$', '"', '\\', '日本', 'connection', 'length']
// A name in a query is never empty.
const key = fc.constantFrom(...KEYS)
const fieldName = key.filter((name) => name !== '')

const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(text, number, fc.boolean(), fc.constant(null)),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.array(fc.tuple(key, tie('json')), { maxLength: 3 }).map((entries) => Object.fromEntries(entries)),
  ),
}))
// Arrays in arrays are looked through to a depth of four (docs/filter.md).
const member = json.filter((value) => arrayLevels(value) <= 4)
const object = fc.array(fc.tuple(key, member), { maxLength: 4 }).map((entries) => Object.fromEntries(entries))

function arrayLevels(value: Json, above = 0): number {
  if (typeof value !== 'object' || value === null) return above
  const here = Array.isArray(value) ? above + 1 : 0
  return Math.max(above, here, ...Object.values(value).map((inner) => arrayLevels(inner, here)))
}

const MOMENTS = [
  ...[
    '2017-11-02T10:30:00.000Z',
    '2017-11-30T23:59:59.999Z',
    '2017-12-01T00:00:00.000Z',
    '2017-12-31T23:59:59.999Z',
  ],
  ...[
    '2018-01-01T00:00:00.000Z',
    '2016-02-29T12:00:00.500Z',
    '0001-01-01T00:00:00.000Z',
    '9999-12-31T23:59:59.999Z',
  ],
]
const moment = fc.constantFrom(...MOMENTS)
const LOCALS = ['a', 'ab', 'A.b', 'a%b', 'a_b', "o'a", 'jane+x', '日本', `a${LAST}`]
const email = fc
  .tuple(fc.constantFrom(...LOCALS), fc.constantFrom('x.io', 'X.io', 'xy.io', 'sub.x.io', '日本.jp'))
  .map((parts) => parts.join('@'))
const identity = fc.record(
  {
    connection: text,
    user_id: fc.oneof(text, fc.nat()),
    provider: fc.constantFrom('auth0', 'github'),
    isSocial: fc.boolean(),
    profileData: object,
  },
  { requiredKeys: ['connection', 'user_id', 'provider', 'isSocial'] },
)

/** What a user may be given; the rest is made. */
export const attributes: fc.Arbitrary<JsonObject> = fc.record(
  {
    user_id: fc.oneof(text, fc.uuid()).filter((id) => /^\S+$/.test(id)),
    email,
    email_verified: fc.boolean(),
    username: text,
    phone_number: fc.constantFrom('+1', '+12', '+44123'),
    phone_verified: fc.boolean(),
    name: text,
    given_name: text,
    family_name: text,
    nickname: text,
    picture: text,
    blocked: fc.boolean(),
    user_metadata: object,
    app_metadata: object,
    identities: fc.array(identity, { minLength: 1, maxLength: 3 }),
    created_at: moment,
    updated_at: moment,
    last_login: moment,
    last_ip: fc.constantFrom('127.0.0.1', '10.0.0.1', '::1'),
    logins_count: fc.constantFrom(0, 1, 5, 10, Number.MAX_SAFE_INTEGER),
    last_password_reset: moment,
    multifactor: fc.constantFrom<Json>([], ['guardian'], ['a', 'b']),
    multifactor_last_modified: moment,
    locale: member,
    'a.b': member,
  },
  { requiredKeys: ['user_id'] },
) as fc.Arbitrary<JsonObject>

const of = (...names: string[]): fc.Arbitrary<string[]> =>
  fc.constantFrom(...names).map((name) => name.split('.'))
const textField = of(
  ...['user_id', 'email', 'username', 'phone_number', 'name', 'given_name', 'family_name', 'nickname'],
  ...['picture', 'last_ip', 'email.domain'],
)
const integerField = of('logins_count')
const booleanField = of('email_verified', 'phone_verified', 'blocked')
const momentField = of(
  'created_at',
  'updated_at',
  'last_login',
  'last_password_reset',
  'multifactor_last_modified',
)
const under = (root: string, least: number): fc.Arbitrary<string[]> =>
  fc.array(fieldName, { minLength: least, maxLength: 3 }).map((names) => [root, ...names])
const identityField = fc.oneof(
  of('identities.connection', 'identities.user_id', 'identities.provider', 'identities.isSocial'),
  under('identities', 1),
  fieldName.map((name) => ['identities', 'profileData', name]),
)
// Of those that wildcards and ranges are for.
const openField = fc.oneof(
  under('app_metadata', 1),
  identityField,
  under('multifactor', 0),
  under('locale', 0),
  under('a.b', 0),
  of('organization_id'),
)
const userMetadataField = under('user_metadata', 1)

const knownText = fc.oneof(
  text,
  email,
  email.map((address) => address.toUpperCase()),
  fc.constantFrom(
    'x.io',
    'X.IO',
    '+12',
    '127.0.0.1',
    'auth0|a',
    'github',
    'guardian',
    '9007199254740991',
    '1e21',
  ),
)
const integerText = fc.constantFrom('-1', '0', '1', '5', '10', '9007199254740991')
const momentText = fc
  .tuple(moment, fc.constantFrom(4, 7, 10, 13, 16, 19, 21, 23, 24))
  .map(([whole, length]) => whole.slice(0, length))

const pattern: fc.Arbitrary<GlobPiece[]> = fc
  .array(
    fc.oneof(
      knownText.map((whole) => [...whole].slice(0, whole.length > 3 ? 3 : 1).join('')),
      fc.constantFrom<GlobPiece>({ any: 'one' }, { any: 'many' }),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .filter(isPattern)

// A leading wildcard wants three literal characters behind it.
function isPattern(pieces: readonly GlobPiece[]): boolean {
  const literals = [...pieces.filter((piece) => typeof piece === 'string').join('')].length
  const wildcards = pieces.filter((piece) => typeof piece !== 'string').length
  return wildcards > 0 && (literals >= 3 || (typeof pieces[0] === 'string' && pieces[0] !== ''))
}

function end(value: fc.Arbitrary<string>): fc.Arbitrary<End | undefined> {
  return fc.option(fc.record({ value, isInclusive: fc.boolean() }), { nil: undefined, freq: 4 })
}

function between(field: fc.Arbitrary<string[]>, value: fc.Arbitrary<string>): fc.Arbitrary<Question> {
  return fc.record({ kind: fc.constant('between' as const), field, low: end(value), high: end(value) })
}

function is(field: fc.Arbitrary<string[]>, value: fc.Arbitrary<string>): fc.Arbitrary<Question> {
  return fc.record({ kind: fc.constant('is' as const), field, value })
}

// About anything, which few users have.
const clause: fc.Arbitrary<Question> = fc.oneof(
  is(textField, knownText),
  is(fc.oneof(openField, userMetadataField), fc.oneof(knownText, number.map(String))),
  is(integerField, integerText),
  is(booleanField, fc.constantFrom('true', 'false')),
  is(momentField, momentText),
  between(textField, knownText),
  between(openField, fc.oneof(knownText, number.map(String))),
  between(integerField, integerText),
  between(momentField, momentText),
  fc.record({ kind: fc.constant('like' as const), field: fc.oneof(textField, openField), pattern }),
  fc.record({
    kind: fc.constant('exists' as const),
    field: fc.oneof(
      ...[textField, integerField, booleanField, momentField, openField, userMetadataField],
      ...[of('app_metadata', 'identities', 'multifactor', 'user_metadata')],
    ),
  }),
  fc.record({ kind: fc.constant('bare' as const), value: knownText }),
  fc.record({ kind: fc.constant('bare like' as const), pattern }),
)

function anyOf(clauses: fc.Arbitrary<Question>): fc.Arbitrary<Question> {
  return fc.letrec<{ question: Question }>((tie) => ({
    question: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      clauses,
      fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        of: fc.array(tie('question'), { minLength: 2, maxLength: 3 }),
      }),
      fc.record({ kind: fc.constant('not' as const), of: tie('question') }),
    ),
  })).question
}

interface Leaf {
  readonly field: readonly string[]
  readonly value: Json
}

/** Every scalar of a user, and the way to it past arrays. */
function leavesOf(value: Json, field: readonly string[]): Leaf[] {
  if (Array.isArray(value)) return value.flatMap((inner) => leavesOf(inner, field))
  if (!isJsonObject(value)) return [{ field, value }]
  return Object.entries(value).flatMap(([name, inner]) =>
    name === '' ? [] : leavesOf(inner, [...field, name]),
  )
}

/** Questions that this leaf answers, or nearly. */
function about({ field, value }: Leaf): fc.Arbitrary<Question> {
  const [root = ''] = field
  const kind = isAttribute(root) ? ATTRIBUTES[root].kind : 'object'
  const whole = String(value)
  const wayTo = fc.nat({ max: field.length - 1 }).map((last) => field.slice(0, last + 1))
  const exists = fc.record({ kind: fc.constant('exists' as const), field: wayTo })
  const same = is(fc.constant([...field]), fc.constant(whole))
  if (root === 'user_metadata') return fc.oneof(same, exists)
  const ends =
    kind === 'integer'
      ? integerText
      : kind === 'moment'
        ? momentText
        : fc.oneof(knownText, number.map(String))
  const range = between(fc.constant([...field]), fc.oneof(fc.constant(whole), ends))
  if (kind === 'integer' || kind === 'moment') return fc.oneof(same, exists, range)
  if (kind === 'boolean') return fc.oneof(same, exists)
  const bare = fc.constant<Question>({ kind: 'bare', value: whole })
  const likes = whole === '' ? [] : [like(field, whole)]
  return fc.oneof(same, exists, range, ...likes, ...(kind === 'text' ? [bare] : []))
}

// The value with one or two stretches of it left to wildcards.
function like(field: readonly string[], whole: string): fc.Arbitrary<Question> {
  const characters = [...whole]
  const cut = fc.nat({ max: characters.length })
  return fc
    .tuple(cut, cut, cut, fc.constantFrom<GlobPiece>({ any: 'one' }, { any: 'many' }))
    .map(([one, two, three, last]): GlobPiece[] => {
      const [from = 0, to = 0, end = 0] = [one, two, three].sort((a, b) => a - b)
      const literals = [characters.slice(0, from), characters.slice(to, end)].map((part) => part.join(''))
      return [literals[0] ?? '', { any: 'many' }, literals[1] ?? '', last]
    })
    .filter(isPattern)
    .map((pieces) => ({ kind: 'like', field, pattern: pieces }))
}

/** Any question that the language can ask; every other clause is about something that one of the users has. */
export function questionTo(users: readonly JsonObject[]): fc.Arbitrary<Question> {
  const leaves = users.flatMap((user) => leavesOf(user, []))
  return anyOf(fc.oneof(clause, fc.constantFrom(...leaves).chain(about)))
}
