import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { inOrder, sourceFiles } from '../fixtures/source-files.ts'
import { present, presentOrNull } from '../relations/presets/preset-fixtures.ts'
import { CONNECTION } from '../relations/presets/preset-harness.ts'
import { expectSame, type Product, runProgram, tryProduct } from './product.ts'

// The release 5.55 needs a package that npm does not have.
const STRAPI: Product = {
  name: 'strapi',
  main: '@strapi/strapi',
  dependencies: { '@strapi/strapi': '5.54.0', '@strapi/plugin-users-permissions': '5.54.0', pg: '8.20.0' },
  nodeMajor: 20,
}

interface User {
  readonly id: number
  readonly role: { readonly name: string } | null
  readonly [name: string]: unknown
}

const COLUMNS = [
  ...['email', 'email_verified', 'username', 'blocked', 'created_at', 'updated_at', 'document_id'],
  ...['user_metadata.shoe_size', 'app_metadata.role', 'app_metadata.provider'],
]

// A deployment adds columns by an extension of the plugin.
const EXTENSION = `module.exports = (plugin) => {
  Object.assign(plugin.contentTypes.user.schema.attributes, { shoeSize: { type: 'integer' }, apiKey: { type: 'string' } })
  return plugin
}`

const STAGES = [
  ...['logger', 'errors', 'security', 'cors', 'poweredBy', 'query'],
  ...['body', 'session', 'favicon', 'public'],
]

function filesOf(databaseUrl: string): Readonly<Record<string, unknown>> {
  const secret = 'for-trials-only'
  return {
    'config/database.json': {
      connection: { client: 'postgres', connection: { connectionString: databaseUrl, ssl: false } },
    },
    'config/server.json': { host: '127.0.0.1', port: 0, app: { keys: [secret] } },
    'config/admin.json': {
      auth: { secret },
      apiToken: { salt: secret },
      transfer: { token: { salt: secret } },
      secrets: { encryptionKey: secret },
    },
    'config/plugins.json': { 'users-permissions': { config: { jwtSecret: secret } } },
    'config/middlewares.json': STAGES.map((name) => `strapi::${name}`),
  }
}

async function writeAll(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
}

function profileOf({ id, role, ...user }: User) {
  return present({
    user_id: `auth0|${id}`,
    email: user['email'],
    email_verified: user['confirmed'],
    username: user['username'],
    blocked: user['blocked'],
    user_metadata: presentOrNull({ shoe_size: user['shoeSize'] }),
    app_metadata: present({ role: role?.name, provider: user['provider'] }),
    identities: [{ user_id: String(id), provider: 'auth0', connection: CONNECTION, isSocial: false }],
    created_at: user['createdAt'],
    updated_at: user['updatedAt'],
    document_id: user['documentId'],
  })
}

test('files have what Strapi says of users in tables of its own', async (context) => {
  const trial = await tryProduct(STRAPI, context)
  const { folder, databaseUrl } = trial
  const config = Object.entries(filesOf(databaseUrl)).map(([name, value]) => [name, JSON.stringify(value)])
  await writeAll(folder, {
    ...Object.fromEntries(config),
    'src/extensions/users-permissions/strapi-server.js': EXTENSION,
    'src/api/.keep': '',
    'src/admin/.keep': '',
    'public/uploads/.keep': '',
    'database/migrations/.keep': '',
  })
  const words = [join(import.meta.dirname, 'strapi-users.js')]
  await runProgram({ words, folder, env: { STRAPI_TELEMETRY_DISABLED: 'true', TZ: 'UTC' } })
  const users = JSON.parse(await readFile(join(folder, 'said.json'), 'utf8')) as readonly User[]
  const files = await sourceFiles(databaseUrl, {}, COLUMNS)
  expect(files.profiles).toHaveLength(4)
  expectSame(files, inOrder(users.map(profileOf)), COLUMNS, trial)
})
