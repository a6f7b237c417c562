import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inOrder, openSourceDatabase, sourceFiles } from '../fixtures/source-files.ts'
import { insertAll } from '../relations/presets/preset-fixtures.ts'
import { CONNECTION } from '../relations/presets/preset-harness.ts'
import { expectSame, type Product, runProgram, tryProduct } from './product.ts'

const LOGTO: Product = {
  name: 'logto',
  main: '@logto/cli',
  dependencies: { '@logto/cli': '1.43.0' },
  nodeMajor: 24,
}

const TIMES = { created_at: '2024-01-02T03:04:05.678Z', updated_at: '2025-01-02T03:04:05.678Z' }
const LAST_LOGIN = '2025-02-03T04:05:06.789Z'

/** npm has no server of Logto, so rows are written as its server does. */
const ROWS = {
  users: [
    {
      ...{ id: 'ada', username: 'Ada_L', primary_email: 'Ada@Example.com', primary_phone: '15550001' },
      ...{
        name: 'Ada "L"',
        avatar: 'https://x.example/p',
        profile: { givenName: 'Ada' },
        is_suspended: true,
      },
      ...{ custom_data: { team: 'blue' }, mfa_verifications: [{ type: 'Totp', key: 'never read' }] },
      ...{ identities: { google: { userId: 'g-1', details: { name: 'Ada' } } }, last_sign_in_at: LAST_LOGIN },
      ...{ password_encrypted: 'never read', password_encryption_method: 'Argon2i' },
    },
    {
      ...{ id: 'bob', username: 'bob', primary_email: null, primary_phone: null, name: null, avatar: null },
      ...{ profile: {}, is_suspended: false, custom_data: {}, mfa_verifications: [], identities: {} },
      ...{ last_sign_in_at: null, password_encrypted: null, password_encryption_method: null },
    },
  ].map((user) => ({
    tenant_id: 'default',
    logto_config: {},
    is_password_expired: false,
    ...TIMES,
    ...user,
  })),
  roles: [
    { tenant_id: 'default', id: 'r1', name: 'éditeur', description: '', type: 'User', is_default: false },
  ],
  users_roles: [{ tenant_id: 'default', id: 'ur1', user_id: 'ada', role_id: 'r1' }],
}

const ownIdentity = (id: string) => ({
  user_id: id,
  provider: 'auth0',
  connection: CONNECTION,
  isSocial: false,
})

const PROFILES = [
  {
    user_id: 'auth0|ada',
    email: 'Ada@Example.com',
    email_verified: true,
    username: 'Ada_L',
    phone_number: '15550001',
    phone_verified: true,
    name: 'Ada "L"',
    given_name: 'Ada',
    picture: 'https://x.example/p',
    blocked: true,
    user_metadata: { team: 'blue' },
    app_metadata: { roles: ['éditeur'] },
    identities: [
      ownIdentity('ada'),
      {
        provider: 'google',
        connection: 'google',
        user_id: 'g-1',
        isSocial: true,
        profileData: { name: 'Ada' },
      },
    ],
    ...TIMES,
    last_login: LAST_LOGIN,
    profile: { givenName: 'Ada' },
  },
  {
    user_id: 'auth0|bob',
    username: 'bob',
    blocked: false,
    user_metadata: {},
    identities: [ownIdentity('bob')],
    ...TIMES,
  },
]

const COLUMNS = [
  ...['email', 'email_verified', 'username', 'phone_number', 'name', 'given_name', 'picture', 'blocked'],
  ...['created_at', 'updated_at', 'last_login', 'user_metadata.team', 'app_metadata.roles[0]'],
  ...['identities[1].user_id', 'profile.givenName'],
]

test('files have the users of tables that Logto made', async (context) => {
  const trial = await tryProduct(LOGTO, context)
  const { folder, databaseUrl } = trial
  const words = [join(folder, 'node_modules/.bin/logto'), 'db', 'seed']
  await runProgram({ words, folder, env: { DB_URL: databaseUrl, CI: 'true' } })
  const database = openSourceDatabase(databaseUrl)
  await insertAll(database, ROWS).finally(() => database.stop())
  const files = await sourceFiles(databaseUrl, { tenant: 'default' }, COLUMNS)
  expect(files.profiles).toHaveLength(2)
  expectSame(files, inOrder(PROFILES), COLUMNS, trial)
})
