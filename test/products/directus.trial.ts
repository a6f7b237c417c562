import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inOrder, sourceFiles } from '../fixtures/source-files.ts'
import { type DirectusUser, directusProfile } from '../relations/presets/directus-profile.ts'
import type { PlainProfile } from '../relations/presets/preset-harness.ts'
import { expectSame, type Product, runProgram, tryProduct } from './product.ts'

const DIRECTUS: Product = {
  name: 'directus',
  main: 'directus',
  dependencies: { directus: '12.4.1' },
  overrides: {
    // It asks for a version that npm does not have.
    '@directus/app': '18.0.0',
    // A sandbox in C++ for extensions, which users do not need. Directus does not start if it is there, but not compiled.
    'isolated-vm': 'npm:empty-npm-package@1.0.0',
  },
  nodeMajor: 22,
}

interface User extends DirectusUser {
  readonly role: { readonly name: string } | null
}

interface Said {
  readonly users: readonly User[]
  readonly secret: string
}

const COLUMNS = [
  ...['email', 'name', 'given_name', 'family_name', 'blocked', 'last_login', 'locale'],
  ...['user_metadata.title', 'user_metadata.description', 'user_metadata.tags[1]', 'user_metadata.shoe_size'],
  ...['app_metadata.role', 'app_metadata.status', 'identities[1].user_id'],
]

const envOf = (databaseUrl: string): Readonly<Record<string, string>> => ({
  DB_CLIENT: 'pg',
  DB_CONNECTION_STRING: databaseUrl,
  SECRET: 'for-trials-only'.repeat(3),
  ADMIN_EMAIL: 'admin@example.com',
  ADMIN_PASSWORD: 'never read',
  LOG_LEVEL: 'error',
  SERVE_APP: 'false',
  TELEMETRY: 'false',
  // A busy machine would get 503.
  PRESSURE_LIMITER_ENABLED: 'false',
})

const profileOf = (user: User): PlainProfile =>
  directusProfile(user, { role: user.role?.name ?? null, lastLogin: user['last_access'] })

test('files have what Directus says of users in tables of its own', async (context) => {
  const trial = await tryProduct(DIRECTUS, context)
  const { folder, databaseUrl } = trial
  const env = envOf(databaseUrl)
  // The command `directus` would ask the registry for a newer version first.
  const command = join(folder, 'node_modules/@directus/api/dist/cli/run.js')
  await runProgram({ words: [command, 'bootstrap'], folder, env })
  await runProgram({ words: [join(import.meta.dirname, 'directus-users.js')], folder, env })
  const { users, secret } = JSON.parse(await readFile(join(folder, 'said.json'), 'utf8')) as Said
  const files = await sourceFiles(databaseUrl, {}, COLUMNS)
  expect(files.profiles).toHaveLength(8)
  expect(JSON.stringify(files)).not.toContain(secret)
  expectSame(files, inOrder(users.map(profileOf)), COLUMNS, trial)
})
