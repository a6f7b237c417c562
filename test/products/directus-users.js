// Runs in a folder with an installed Directus, whose tables are made: makes users, and writes what its API then says of
// each to said.json, with the secret that it made.
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const installed = createRequire(`${process.cwd()}/`)
const { createApp } = await import(pathToFileURL(installed.resolve('@directus/api')).href)
const { authenticator } = installed('otplib')
const { Client } = installed('pg')
const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password, DB_CONNECTION_STRING: connectionString } = process.env

const server = createServer(await createApp())
await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
/** @type {Record<string, string>} */
const headers = { 'content-type': 'application/json' }

/**
 * @param {string} path
 * @param {unknown} [body] is posted
 */
async function ask(path, body) {
  const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { ...sent, headers })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`)
  return text === '' ? undefined : JSON.parse(text).data
}

const { access_token: token } = await ask('/auth/login', { email, password })
headers['authorization'] = `Bearer ${token}`
const { secret } = await ask('/users/me/tfa/generate', { password })
await ask('/users/me/tfa/enable', { secret, otp: authenticator.generate(secret) })
await ask('/fields/directus_users', { field: 'shoe_size', type: 'integer' })
await ask('/fields/directus_users', { field: 'api_key', type: 'string' })
const { id: role } = await ask('/roles', { name: 'Éditeur' })
await ask('/users', [
  {
    ...{ email: 'Ada@Example.com', first_name: 'Ada', last_name: 'L "x"', role, password: 'never read' },
    ...{
      title: 'Countess',
      location: 'Zürich',
      description: 'one\ntwo',
      tags: ['a', 'ü'],
      language: 'de-DE',
    },
    ...{ token: 'never read', shoe_size: 38, api_key: 'never read' },
  },
  { email: 'spam@example.com', status: 'suspended', first_name: 'Spam' },
  { email: 'old@example.com', status: 'archived', last_name: 'Old', tags: [] },
  { email: 'guest@example.com', status: 'invited', role },
  { email: 'idle@example.com', status: 'inactive-license' },
  { first_name: 'Machine', status: 'draft' },
  { email: 'grace@example.com', external_identifier: 'g-1' },
])
// Its API gives users a provider only with a licence.
const database = new Client({ connectionString })
await database.connect()
await database.query(
  `update directus_users set provider = 'google', auth_data = '{"refreshToken":"never read"}' where external_identifier = 'g-1'`,
)
await database.end()
const users = await ask('/users?fields=*,role.name&limit=-1')
writeFileSync('said.json', JSON.stringify({ users, secret }))
// Directus' timers would keep the process alive.
process.exit(0)
