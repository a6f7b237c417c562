import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import ZSchema from 'z-schema'
import { problemsOf } from '../../src/schema/check.ts'
import { checkImported } from '../../src/users/check-import.ts'
import { propertyRuns } from '../fixtures/property-runs.ts'

const bcrypt = `$2b$10$${'a'.repeat(53)}`

function problems(user: unknown, preserve = false): string[] {
  const checked = checkImported(user, { preserve, isStrict: true })
  return 'errors' in checked
    ? checked.errors.map(({ code, path, message }) => `${code} ${path} ${message}`)
    : []
}

function withEmail(members: object): Record<string, unknown> {
  return { email: 'a@example.com', ...members }
}

function custom(members: object): unknown {
  return withEmail({ custom_password_hash: members })
}

test('a valid user is split into attributes and credentials', () => {
  const attributes = withEmail({
    email_verified: true,
    phone_number: '+15550001',
    phone_verified: false,
    user_id: '12',
    username: 'ada',
    given_name: 'A',
    family_name: 'L',
    name: '',
    nickname: 'al',
    picture: 'x',
    blocked: false,
    app_metadata: { plan: 'gold', nested: { email: 'ok' } },
    user_metadata: { email: 'ok' },
    locale: 'en',
    address: { street: 'x' },
  })
  const credentials = { password_hash: bcrypt, mfa_factors: [{ totp: { secret: 'ABC234' } }] }
  expect(checkImported({ ...attributes, ...credentials }, { preserve: false, isStrict: true })).toEqual({
    given: attributes,
    credentials,
    remarks: ['locale', 'address'].map((name) => ({ kind: 'foreign_attribute', name })),
  })
})

describe('an invalid user', () => {
  test.each([
    ['text', 'INVALID_TYPE #/ Expected type object but found type string'],
    [null, 'INVALID_TYPE #/ Expected type object but found type null'],
    [[], 'INVALID_TYPE #/ Expected type object but found type array'],
    [{}, 'OBJECT_REQUIRED #/ Missing required property: email'],
    [withEmail({ email: 'a' }), "FORMAT #/email Object didn't pass validation for format email: a"],
    [withEmail({ email: null }), 'INVALID_TYPE #/email Expected type string but found type null'],
    [withEmail({ blocked: 'no' }), 'INVALID_TYPE #/blocked Expected type boolean but found type string'],
    [withEmail({ name: 1.5 }), 'INVALID_TYPE #/name Expected type string but found type number'],
    [
      withEmail({ phone_number: '0123' }),
      'PATTERN #/phone_number String does not match pattern ^\\+[0-9]{1,15}$: 0123',
    ],
    [withEmail({ user_id: 'a b' }), 'PATTERN #/user_id String does not match pattern ^\\S*$: a b'],
    [withEmail({ username: '' }), 'MIN_LENGTH #/username String is too short (0 chars), minimum 1'],
    [
      withEmail({ given_name: 'é'.repeat(151) }),
      'MAX_LENGTH #/given_name String is too long (151 chars), maximum 150',
    ],
    [
      withEmail({ app_metadata: { email: 'x' } }),
      "NOT_PASSED #/app_metadata/email Data matches schema from 'not'",
    ],
    [
      withEmail({ app_metadata: [] }),
      'INVALID_TYPE #/app_metadata Expected type object but found type array',
    ],
    [
      withEmail({ last_login: 'x' }),
      'OBJECT_ADDITIONAL_PROPERTIES #/ Additional properties not allowed: last_login',
    ],
    [
      withEmail({ password_hash: '$2y$10$x' }),
      'PATTERN #/password_hash String does not match pattern ^\\$2[ab]\\$10\\$[./0-9A-Za-z]{53}$: *****',
    ],
    [withEmail({ mfa_factors: [] }), 'ARRAY_LENGTH_SHORT #/mfa_factors Array is too short (0), minimum 1'],
    [
      withEmail({ mfa_factors: Array(11).fill({ email: { value: 'a@x.io' } }) }),
      'ARRAY_LENGTH_LONG #/mfa_factors Array is too long (11), maximum 10',
    ],
    [
      withEmail({ mfa_factors: [{}] }),
      'OBJECT_PROPERTIES_MINIMUM #/mfa_factors/0 Too few properties defined (0), minimum 1',
    ],
    [
      withEmail({ mfa_factors: [{ phone: { value: '+1' }, email: { value: 'a@x.io' } }] }),
      'OBJECT_PROPERTIES_MAXIMUM #/mfa_factors/0 Too many properties defined (2), maximum 1',
    ],
    [
      withEmail({ mfa_factors: [{ totp: { secret: 'lower' } }] }),
      'PATTERN #/mfa_factors/0/totp/secret String does not match pattern ^[A-Z2-7]+$: *****',
    ],
  ])('an invalid user gets the code and text of z-schema: %j', (user, expected) => {
    expect(problems(user)).toEqual([expected])
  })

  test('a secret is refused with a z-schema code and advice', () => {
    expect(problems(withEmail({ password: 'x' }))).toEqual([
      expect.stringMatching(
        /^OBJECT_ADDITIONAL_PROPERTIES #\/ Additional properties not allowed: password\. .*leave it out$/,
      ),
    ])
  })
})

describe('hashes of other algorithms', () => {
  test.each([
    { algorithm: 'md5', hash: { value: 'ab12', encoding: 'hex' } },
    {
      algorithm: 'sha256',
      hash: { value: 'q83v', encoding: 'base64' },
      salt: { value: 's', position: 'suffix' },
    },
    { algorithm: 'bcrypt', hash: { value: `$2y$12$${'a'.repeat(53)}` } },
    {
      algorithm: 'argon2',
      hash: { value: '$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA', encoding: 'utf8' },
    },
    { algorithm: 'ldap', hash: { value: '{SSHA}q83v', encoding: 'utf8' } },
    { algorithm: 'pbkdf2', hash: { value: '$pbkdf2-sha512$i=100000,l=64$c2FsdA$aGFzaA' } },
    { algorithm: 'hmac', hash: { value: 'ab', encoding: 'hex', digest: 'sha1', key: { value: 'k' } } },
    {
      algorithm: 'scrypt',
      hash: { value: 'ab', encoding: 'hex' },
      keylen: 64,
      cost: 16384,
      salt: { value: 's' },
    },
  ])('a hash with the algorithm $algorithm is accepted', (hash) => {
    expect(problems(custom(hash))).toEqual([])
  })

  test.each([
    [
      { algorithm: 'rot13', hash: { value: 'x' } },
      ['ENUM_MISMATCH #/custom_password_hash/algorithm No enum match for: rot13'],
    ],
    [{ algorithm: 'md5' }, ['OBJECT_REQUIRED #/custom_password_hash Missing required property: hash']],
    [
      { algorithm: 'md5', hash: { value: 'ab' } },
      ['ENUM_MISMATCH #/custom_password_hash/hash/encoding No enum match for: utf8'],
    ],
    [
      { algorithm: 'bcrypt', hash: { value: 'plain' } },
      [
        'PATTERN #/custom_password_hash/hash/value String does not match pattern ^\\$2[aby]\\$[0-9]{2}\\$[./0-9A-Za-z]{53}$: *****',
      ],
    ],
    [
      { algorithm: 'ldap', hash: { value: '{SSHA}q83v' }, salt: { value: 's' } },
      ['OBJECT_ADDITIONAL_PROPERTIES #/custom_password_hash Additional properties not allowed: salt'],
    ],
    [
      { algorithm: 'hmac', hash: { value: 'ab', encoding: 'hex' } },
      [
        'OBJECT_REQUIRED #/custom_password_hash/hash Missing required property: digest',
        'OBJECT_REQUIRED #/custom_password_hash/hash Missing required property: key',
      ],
    ],
    [
      { algorithm: 'scrypt', hash: { value: 'ab', encoding: 'hex' } },
      ['OBJECT_REQUIRED #/custom_password_hash Missing required property: keylen'],
    ],
    [
      { algorithm: 'scrypt', hash: { value: 'ab', encoding: 'hex' }, keylen: 0 },
      ['MINIMUM #/custom_password_hash/keylen Value 0 is less than minimum 1'],
    ],
    [
      { algorithm: 'md5', hash: { value: 'ab', encoding: 'hex' }, pepper: 'p' },
      ['OBJECT_ADDITIONAL_PROPERTIES #/custom_password_hash Additional properties not allowed: pepper'],
    ],
  ])('the hash %j is refused with the reason', (hash, expected) => {
    expect(problems(custom(hash))).toEqual(expected)
  })

  test('a user with two hashes is refused', () => {
    const both = {
      password_hash: bcrypt,
      custom_password_hash: { algorithm: 'md5', hash: { value: 'ab', encoding: 'hex' } },
    }
    expect(problems(withEmail(both))).toEqual(["NOT_PASSED #/ Data matches schema from 'not'"])
  })
})

describe('an import that preserves', () => {
  const identity = { connection: 'c', user_id: 7, provider: 'auth0', isSocial: false }

  test('an import with preserve accepts what only the server sets', () => {
    const user = withEmail({
      identities: [identity],
      created_at: '2020-02-29T12:00:00+02:00',
      last_login: '2021-01-01T00:00:00.123456Z',
      logins_count: 0,
      last_ip: '::1',
      multifactor: ['guardian'],
    })
    expect(problems(user, true)).toEqual([])
  })

  test.each([
    [{ last_login: '2021-02-30T00:00:00Z' }, 'FORMAT #/last_login'],
    [{ last_login: '2021-01-01' }, 'FORMAT #/last_login'],
    [{ last_login: '0000-12-31T00:00:00Z' }, 'FORMAT #/last_login'],
    [{ last_login: '0001-01-01T00:00:00+01:00' }, 'FORMAT #/last_login'],
    [{ last_login: 12 }, 'INVALID_TYPE #/last_login'],
    [{ logins_count: -1 }, 'MINIMUM #/logins_count'],
    [{ logins_count: 2 ** 60 }, 'MAXIMUM #/logins_count'],
    [{ identities: [] }, 'ARRAY_LENGTH_SHORT #/identities'],
    [{ identities: [{ ...identity, user_id: {} }] }, 'INVALID_TYPE #/identities/0/user_id'],
    [{ identities: [{ ...identity, access_token: 't' }] }, 'NOT_PASSED #/identities/0/access_token'],
    [{ password: 'x' }, 'OBJECT_ADDITIONAL_PROPERTIES #/'],
  ])('an import with preserve refuses %j', (members, expected) => {
    const [first] = problems(withEmail(members), true)
    expect(first?.startsWith(`${expected} `)).toBe(true)
  })
})

describe('an exported user in a stream', () => {
  const checked = (user: unknown, preserve = false) => checkImported(user, { preserve, isStrict: false })
  const codes = (user: unknown) => {
    const found = checked(user)
    return 'errors' in found ? found.errors.map(({ code, path }) => `${code} ${path}`) : []
  }

  test('a stream leaves out attributes that only the server sets, and the report names them', () => {
    const exported = {
      email: 'a@x.io',
      created_at: 'whatever',
      identities: [],
      logins_count: 3,
      locale: 'sv',
    }
    expect(checked(exported)).toEqual({
      given: { email: 'a@x.io', locale: 'sv' },
      leftOut: ['created_at', 'identities', 'logins_count'].map((name) => ({
        code: 'LEFT_OUT',
        message: 'Only the server sets this, and preserve was not asked for',
        path: `#/${name}`,
      })),
      remarks: [{ kind: 'foreign_attribute', name: 'locale' }],
    })
    expect(checked(withEmail({}))).toEqual({ given: { email: 'a@example.com' } })
  })

  test('a user of a stream needs no e-mail address if another attribute identifies the user', () => {
    for (const user of [{ username: 'a' }, { phone_number: '+1' }, { user_id: 'auth0|1' }])
      expect(checked(user)).toEqual({ given: user })
    expect(codes({ name: 'A' })).toEqual(['ANY_OF_MISSING #/'])
    expect(codes({ user_id: `auth0|${'1'.repeat(255)}` })).toEqual([])
  })

  test('an identity of which a CSV file has only the connection is completed from the id', () => {
    const user = { user_id: 'github|1|2', identities: [{ connection: 'c' }] }
    const identity = { connection: 'c', user_id: '1|2', provider: 'github', isSocial: true }
    expect(checked(user, true)).toEqual({ given: { ...user, identities: [identity] } })
    const whole = { user_id: 'auth0|1', identities: [{ ...identity, user_id: 7 }, identity] }
    expect(checked(whole, true)).toEqual({ given: whole })
    expect('errors' in checked({ ...user, user_id: 'nobar' }, true)).toBe(true)
  })

  test('a line that reports a deleted user is refused', () => {
    expect(codes({ user_id: 'auth0|1', deleted: true })).toEqual(['NOT_PASSED #/deleted'])
    expect(codes({ user_id: 'auth0|1', deleted: true, name: 'A' })).toEqual([])
  })

  test('a stream refuses secrets of other systems, and a token of an identity provider', () => {
    expect(codes(withEmail({ password: 'x' }))).toEqual(['OBJECT_ADDITIONAL_PROPERTIES #/'])
    expect(codes(withEmail({ app_metadata: { email: 'x' } }))).toEqual(['NOT_PASSED #/app_metadata/email'])
    expect(checked(withEmail({ app_metadata: { email: 'x' } }), true)).toHaveProperty('given')
  })
})

test('an import with preserve accepts each address that POST /users accepts', () => {
  const part = fc.string({
    unit: fc.constantFrom('a', '.', '"', '\\', ' ', '@', '+', "'", '(', 'é', '-', '1'),
    maxLength: 6,
  })
  const schema = { type: 'object', properties: { email: { type: 'string', format: 'email' } } }
  fc.assert(
    fc.property(part, part, (local, domain) => {
      const user = { email: `${local}@${domain}x.io` }
      fc.pre(problemsOf(schema, user).length === 0)
      expect(checkImported(user, { preserve: true, isStrict: false })).toEqual({ given: user })
    }),
    propertyRuns(1000),
  )
})

test('a user with values that cannot be stored is refused with an error that can be stored', () => {
  for (const bad of ['a\0b', '\ud800', '\udc00x', Number.POSITIVE_INFINITY]) {
    for (const user of [withEmail({ name: bad }), withEmail({ user_metadata: { a: [{ b: bad }] } }), bad]) {
      const checked = checkImported(user, { preserve: false, isStrict: true })
      expect('errors' in checked && checked.errors.length).toBe(1)
      expect(isStorable(checked)).toBe(true)
    }
  }
  const deep = JSON.parse(`${'['.repeat(5000)}1${']'.repeat(5000)}`)
  const checked = checkImported(withEmail({ user_metadata: { deep } }), { preserve: false, isStrict: true })
  expect('errors' in checked && checked.errors[0]?.code).toBe('FORMAT')
  expect(JSON.stringify(checked).length).toBeLessThan(2000)
})

function isStorable(value: unknown): boolean {
  const text = JSON.stringify(value)
  return !/\\u0000|\\ud[89a-f]/i.test(text) && Buffer.from(text).toString() === text
}

test('a check of any entry ends in a user or in an error that can be stored', () => {
  const names = fc.constantFrom(
    'email',
    'name',
    'app_metadata',
    'custom_password_hash',
    'mfa_factors',
    'identities',
    '__proto__',
    'x',
  )
  const entry = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(names, fc.anything({ withBigInt: false, withDate: false, maxDepth: 4 })).map(throughJson),
    fc.string({ unit: 'binary' }).map((name) => withEmail({ name })),
  )
  fc.assert(
    fc.property(entry, fc.boolean(), fc.boolean(), (user, preserve, isStrict) => {
      const checked = checkImported(user, { preserve, isStrict })
      if ('errors' in checked) expect(checked.errors.length).toBeGreaterThan(0)
      expect(isStorable(checked)).toBe(true)
    }),
  )
})

function throughJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value) ?? 'null')
}

test('the texts of problems are those of z-schema', () => {
  const validator = new ZSchema({})
  const schema = {
    type: 'object',
    properties: {
      username: { type: 'string', minLength: 1, maxLength: 128 },
      phone_number: { type: 'string', pattern: '^\\+[0-9]{1,15}$' },
      blocked: { type: 'boolean' },
      user_metadata: { type: 'object' },
      app_metadata: { type: 'object' },
    },
  }
  const short = fc.string({ maxLength: 150, unit: fc.constantFrom('a', 'b', '1', '+', '😀') })
  const user = fc.record(
    {
      username: fc.oneof(short, fc.jsonValue()),
      phone_number: short,
      blocked: fc.jsonValue(),
      user_metadata: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(user, (members) => {
      const theirs = validator.validate(members, schema)
        ? []
        : (validator.getLastErrors() as unknown as { message: string; path: string }[])
      const mine = problems(withEmail(members)).map((problem) => problem.split(' ').slice(1).join(' '))
      expect(mine.sort().map(withoutCount)).toEqual(
        theirs.map(({ message, path }) => withoutCount(`${path} ${message}`)).sort(),
      )
    }),
  )
})

// z-schema measures by characters and then reports the number of UTF-16 units.
function withoutCount(text: string): string {
  return text.replace(/\(\d+ chars\)/, '')
}
