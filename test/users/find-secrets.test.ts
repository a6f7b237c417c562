import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkImported, type GivenUser } from '../../src/users/check-import.ts'
import { PROPERTY_TEST_MS_MAX, propertyRuns } from '../fixtures/property-runs.ts'
import { givenSecret, harmlessUser, type SecretInUser, secretInUser } from '../fixtures/secret-users.ts'

const bcrypt = `$2b$10$${'a'.repeat(53)}`
const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl'

const checked = (user: object, { isStrict = false, preserve = false } = {}) =>
  checkImported({ email: 'a@example.com', ...user }, { preserve, isStrict })

function problems(user: object, check = {}): readonly string[] {
  const result = checked(user, check)
  return 'errors' in result
    ? result.errors.flatMap(({ code, path, message }) => {
        const place = /: (.*?)\. It looks/.exec(message)?.[1]
        return place === undefined ? [] : [`${code} ${path} ${place}`]
      })
    : []
}

describe('a secret outside of metadata', () => {
  const additional = 'OBJECT_ADDITIONAL_PROPERTIES'
  test.each<[object, readonly string[]]>([
    [
      { password_history: [{ password_hash: bcrypt }] },
      [`${additional} #/password_history/0 password_history[0].password_hash`],
    ],
    [
      { encrypted_password: bcrypt, totp_secret: 'JBSWY3DP', recovery_token: 'abc', PasswordHash: 'zzz' },
      ['encrypted_password', 'totp_secret', 'recovery_token', 'PasswordHash'].map(
        (name) => `${additional} #/ ${name}`,
      ),
    ],
    [
      { credentials: [{ type: 'password', value: 'Secret-1', secretData: '{"value":"aGFzaA=="}' }] },
      [
        `${additional} #/credentials/0 credentials[0].value`,
        `${additional} #/credentials/0 credentials[0].secretData`,
      ],
    ],
    [{ profile: { password: 'x' } }, [`${additional} #/profile profile.password`]],
    [{ 'profile.password': 'x' }, [`${additional} #/ profile.password`]],
    [{ password: { hash: 'x', rounds: 3 } }, [`${additional} #/password password.hash`]],
    [{ credentials: '[{"type":"password","value":"x"}]' }, [`${additional} #/ credentials`]],
    [{ remark: bcrypt }, [`${additional} #/ remark`]],
    [{ nickname: bcrypt }, ['NOT_PASSED #/nickname nickname']],
    [{ sessions: { [jwt]: true } }, [`${additional} #/sessions sessions.*****`]],
    [{ pin: 1234 }, [`${additional} #/ pin`]],
    [{ answers: [{ question: 'x', answer: 'y' }] }, []],
    [
      { security_questions: [{ question: 'x', answer: 'y' }] },
      [`${additional} #/security_questions/0 security_questions[0].answer`],
    ],
  ])('a secret outside of metadata is refused with its place: %j', (user, expected) => {
    for (const isStrict of [true, false]) expect(problems(user, { isStrict })).toEqual(expected)
  })

  test('P15 a token in an identity is refused as a secret', () => {
    const identity = { connection: 'c', user_id: '1', provider: 'github', isSocial: true }
    const identities = [{ ...identity, profileData: { access_token: 'x' }, refresh_token: 'y' }]
    expect(problems({ identities }, { preserve: true })).toEqual([
      'NOT_PASSED #/identities/0/profileData/access_token identities[0].profileData.access_token',
      'NOT_PASSED #/identities/0/refresh_token identities[0].refresh_token',
    ])
  })

  test('the error about a secret says what to do, and stays short for names of any length', () => {
    const deep = Array.from({ length: 50 }).reduce<object>((inner) => ({ ['n'.repeat(5000)]: inner }), {
      password: 'TOPSECRET',
    })
    const result = checked({ deep, ['password'.padStart(9000, ' ')]: 'TOPSECRET' })
    const text = JSON.stringify('errors' in result ? result.errors : [])
    expect(text).toMatch(
      /password_hash or custom_password_hash .* mfa_factors, move it to app_metadata, or leave it out/,
    )
    expect([text.includes('TOPSECRET'), text.length < 4000]).toEqual([false, true])
  })

  test('an error about another member quotes no secret', () => {
    for (const secret of [bcrypt, jwt])
      for (const name of ['email', 'phone_number', 'user_id', 'custom_password_hash', 'created_at'])
        for (const value of [secret, { algorithm: secret, hash: { [secret]: 'x' } }, { [secret]: '\0' }]) {
          const result = checked({ [name]: value }, { preserve: true })
          expect(JSON.stringify('errors' in result ? result : {})).not.toContain(
            JSON.stringify(secret).slice(1, -1),
          )
        }
  })

  test('an error names at most twenty secrets of one user', () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`password_${n}`, 'x']))
    expect(problems(many)).toHaveLength(20)
  })

  test('a member with a secret’s name is accepted if its value is empty or a boolean', () => {
    const user = {
      encrypted_password: '',
      recovery_token: null,
      password: false,
      backup_codes: [],
      token: {},
    }
    expect(problems(user)).toEqual([])
  })
})

// As a heading with dots is read: `api.key` is the key of an object.
function atDots({ name, value, trail }: SecretInUser): SecretInUser {
  const steps = name.split('.').filter((step) => step !== '')
  return { name: steps.at(-1) ?? '', value, trail: [...trail, ...steps.slice(0, -1)] }
}

test('a secret in metadata is stored and reported with its path', () => {
  const metadata = {
    user_metadata: { accounts: [{ access_token: 'x' }, { access_token: 'y' }], wifi: { password: 'z' } },
    app_metadata: { legacy: bcrypt, password_set_date: '2020-01-01', plan: 'gold' },
  }
  for (const isStrict of [true, false])
    expect(checked(metadata, { isStrict })).toEqual({
      given: { email: 'a@example.com', ...metadata },
      remarks: [
        'user_metadata.accounts[].access_token',
        'user_metadata.wifi.password',
        'app_metadata.legacy',
      ].map((name) => ({ kind: 'secret_kept', name })),
    })
})

test('the members that are made for secrets accept them without a remark', () => {
  const credentials = { password_hash: bcrypt, mfa_factors: [{ totp: { secret: 'ABC234' } }] }
  expect(checked(credentials)).toEqual({ given: { email: 'a@example.com' }, credentials })
})

test(
  'a user with a secret in any spelling and any place is refused, and the error does not show the secret',
  () => {
    fc.assert(
      fc.property(secretInUser, (secret: SecretInUser) => {
        for (const user of [givenSecret(secret), givenSecret(atDots(secret))]) {
          const result = checked(user)
          expect('errors' in result).toBe(true)
          expect(JSON.stringify(result)).not.toContain(secret.value)
        }
      }),
      propertyRuns(1000),
    )
  },
  PROPERTY_TEST_MS_MAX,
)

test(
  'a user with names that only sound like secrets is accepted whole',
  () => {
    fc.assert(
      fc.property(harmlessUser, (user) => {
        for (const given of [user, { user_metadata: user }]) {
          const { remarks = [], ...rest } = checked(given) as GivenUser
          expect(rest).toEqual({ given: { email: 'a@example.com', ...given } })
          expect(remarks.filter(({ kind }) => kind === 'secret_kept')).toEqual([])
        }
      }),
      propertyRuns(1000),
    )
  },
  PROPERTY_TEST_MS_MAX,
)
