// Drives a server with Auth0's own SDK, as one of its users would. Runs in a process of its own, since Node
// reads NODE_EXTRA_CA_CERTS when it starts. Arguments: domain, client id, client secret. Ends with 0 if all is as at Auth0.
import assert from 'node:assert/strict'
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { ManagementClient, ManagementError } from 'auth0'
import { newHeldFetch } from './held-fetch.ts'

const [domain = '', clientId = '', clientSecret = ''] = process.argv.slice(2)
const heldFetch = newHeldFetch(fetch)
/** @param {string | URL} target @param {RequestInit} [init] */
const fetchHeld = (target, init) => heldFetch(target, init)
Object.assign(globalThis, { fetch: fetchHeld })
const auth0 = new ManagementClient({ domain, clientId, clientSecret })
const folder = mkdtempSync(join(tmpdir(), 'muster-sdk-'))

/** @param {string} id @returns {Promise<any>} */
async function finished(id) {
  for (;;) {
    const job = await auth0.jobs.get(id)
    if (job.status !== 'pending' && job.status !== 'processing') return job
    await new Promise((later) => setTimeout(later, 50))
  }
}

/** @param {unknown} users */
function fileOf(users) {
  const path = join(folder, `users-${Math.random()}.json`)
  writeFileSync(path, JSON.stringify(users))
  return createReadStream(path)
}

/** @param {() => PromiseLike<unknown>} call @param {number} statusCode @param {RegExp} words */
async function refused(call, statusCode, words) {
  const error = await Promise.resolve()
    .then(call)
    .then(
      () => assert.fail(`expected a refusal with ${statusCode}`),
      (thrown) => thrown,
    )
  assert.ok(error instanceof ManagementError, String(error))
  assert.equal(error.statusCode, statusCode)
  assert.match(JSON.stringify(error.body), words)
  return error
}

const people = [
  {
    email: 'ada@example.com',
    given_name: 'Ada',
    user_metadata: {
      consent: { given: true, date: '2024-01-01', text_details: 'I agree, "fully"\nand =freely' },
    },
  },
  { email: 'bob@example.com', blocked: true, user_metadata: { consent: { given: false } } },
]

const seedFields = [
  { name: 'user_id' },
  { name: 'email' },
  { name: 'identities[0].connection', export_as: 'provider' },
  { name: 'user_metadata.consent.given' },
  { name: 'user_metadata.consent.date' },
  { name: 'user_metadata.consent.text_details' },
]

async function connections() {
  const page = await auth0.connections.list()
  const connection = page.data.find((one) => one.name === 'Username-Password-Authentication')
  assert.ok(connection?.id)
  assert.equal((await auth0.connections.get(connection.id)).name, connection.name)
  return connection.id
}

/** @param {string} connectionId */
async function imports(connectionId) {
  const created = await auth0.jobs.usersImports.create({ users: fileOf(people), connection_id: connectionId })
  assert.equal(created.type, 'users_import')
  assert.deepEqual((await finished(created.id)).summary, { failed: 0, updated: 0, inserted: 2, total: 2 })
  assert.equal(await auth0.jobs.errors.get(created.id), undefined)
  const again = await auth0.jobs.usersImports.create({ users: fileOf(people), connection_id: connectionId })
  assert.equal((await finished(again.id)).summary.failed, 2)
  const errors = /** @type {any} */ (await auth0.jobs.errors.get(again.id))
  assert.equal(errors[0].user.email, 'ada@example.com')
  assert.equal(errors[0].errors[0].code, 'DUPLICATED_USER')
}

/** @param {string} connectionId @param {'csv' | 'json'} format */
async function exports(connectionId, format) {
  const created = await auth0.jobs.usersExports.create({
    connection_id: connectionId,
    format,
    limit: 5,
    fields: seedFields,
  })
  assert.equal(created.status, 'pending')
  assert.deepEqual(created.fields, seedFields)
  const job = await finished(created.id)
  assert.equal(job.status, 'completed')
  const response = await fetch(job.location)
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('content-encoding'), null)
  assert.match(new URL(job.location).pathname, new RegExp(`/localhost\\.${format}\\.gz$`))
  return gunzipSync(Buffer.from(await response.arrayBuffer())).toString()
}

/** @param {string} csv */
function checkCsv(csv) {
  const [header, ...rest] = csv.split('\n')
  assert.equal(
    header,
    'user_id,email,provider,user_metadata.consent.given,user_metadata.consent.date,user_metadata.consent.text_details',
  )
  assert.match(
    rest.join('\n'),
    /^"'auth0\|[0-9a-f]{24}","'ada@example.com","'Username-Password-Authentication",true,"'2024-01-01","'I agree, ""fully""\nand =freely"\n"'auth0\|[0-9a-f]{24}","'bob@example.com","'Username-Password-Authentication",false,,\n$/,
  )
}

/** @param {string} ndjson */
function checkJson(ndjson) {
  const [ada, bob] = ndjson
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.equal(ada.provider, 'Username-Password-Authentication')
  assert.equal(ada['user_metadata.consent.given'], true)
  assert.deepEqual(Object.keys(bob), ['user_id', 'email', 'provider', 'user_metadata.consent.given'])
}

/**
 * Lines of an export as the array that an import takes.
 * @param {string} connectionId @param {string} ndjson
 */
async function importedAgain(connectionId, ndjson) {
  const lines = ndjson.trimEnd().split('\n')
  const again = lines
    .map((line) => JSON.parse(line))
    .map(({ user_id, email }) => ({ user_id: user_id.replace('auth0|', ''), email, family_name: 'Again' }))
  const created = await auth0.jobs.usersImports.create({
    users: fileOf(again),
    connection_id: connectionId,
    upsert: true,
  })
  assert.deepEqual((await finished(created.id)).summary, { failed: 0, updated: 2, inserted: 0, total: 2 })
  const [ada] = await auth0.users.listUsersByEmail({ email: 'ada@example.com' })
  assert.equal(ada?.family_name, 'Again')
}

async function users() {
  const created = await auth0.users.create({
    connection: 'Username-Password-Authentication',
    email: 'Eve@Example.com',
    password: 'correct horse battery staple',
    user_metadata: { a: 1, b: 2 },
  })
  const id = created.user_id ?? ''
  assert.equal(created.email, 'eve@example.com')
  assert.equal(JSON.stringify(created).includes('battery'), false)
  await auth0.users.update(id, { user_metadata: { b: 3 } })
  assert.deepEqual((await auth0.users.get(id)).user_metadata, { a: 1, b: 3 })
  await verification(id)
  await auth0.users.delete(id)
  await refused(() => auth0.users.get(id), 404, /The user does not exist\./)
}

async function clients() {
  const made = await auth0.clients.create({ name: 'Reader', app_type: 'non_interactive' })
  const id = made.client_id ?? ''
  const secretOf = (/** @type {{ client_secret?: string | undefined }} */ one) => one.client_secret ?? ''
  const as = (/** @type {string} */ secret) =>
    new ManagementClient({ domain, clientId: id, clientSecret: secret })
  await assert.rejects(async () => as(secretOf(made)).connections.list(), /is not authorized to access/)
  const audience = `https://${domain}/api/v2/`
  const scope = ['read:users']
  const grant = await auth0.clientGrants.create({ client_id: id, audience, scope })
  assert.deepEqual(grant.scope, scope)
  await refused(() => auth0.clientGrants.create({ client_id: id, audience, scope }), 409, /already exists/)
  const reader = as(secretOf(made))
  assert.equal((await reader.jobs.usersExports.create({ format: 'json' })).status, 'pending')
  await refused(() => reader.clients.list(), 403, /Insufficient scope, expected any of: read:clients/)
  const listed = []
  for await (const one of await auth0.clients.list({ per_page: 1 })) listed.push(one)
  assert.ok(listed.length >= 2 && listed.every((one) => one.client_secret === undefined))
  const rotated = await auth0.clients.rotateSecret(id)
  await assert.rejects(async () => as(secretOf(made)).jobs.usersExports.create(), /Unauthorized/)
  assert.equal((await as(secretOf(rotated)).jobs.usersExports.create()).status, 'pending')
  for await (const one of await auth0.clientGrants.list({ client_id: id })) {
    await auth0.clientGrants.delete(one.id ?? '')
  }
  await assert.rejects(async () => as(secretOf(rotated)).connections.list(), /is not authorized to access/)
  await auth0.clients.delete(id)
  await refused(() => auth0.clients.get(id), 404, /Client not found\./)
}

// No mail server is configured here: the job says so.
/** @param {string} userId */
async function verification(userId) {
  const created = await auth0.jobs.verificationEmail.create({ user_id: userId })
  assert.deepEqual([created.type, created.status], ['verification_email', 'pending'])
  const job = await finished(created.id)
  assert.equal(job.status, 'failed')
  assert.match(job.status_details, /^No mail service is configured/)
  const failed = /** @type {any} */ (await auth0.jobs.errors.get(created.id))
  assert.equal(failed.status_details, job.status_details)
  await refused(() => auth0.jobs.verificationEmail.create({ user_id: 'auth0|x' }), 404, /inexistent_user/)
}

async function stats() {
  const { data: days } = await auth0.stats.getDaily({}).withRawResponse()
  assert.equal(days.length, 30)
  assert.ok((days.at(-1)?.signups ?? 0) > 0, 'expected the users of this run')
  assert.equal(await auth0.stats.getActiveUsersCount(), 0)
}

/** @param {string} connectionId */
async function refusals(connectionId) {
  await refused(
    () => auth0.jobs.usersExports.create(/** @type {any} */ ({ format: 'xml' })),
    400,
    /No enum match for: xml/,
  )
  await refused(() => auth0.jobs.get('job_0000000000000000'), 404, /Job not found\./)
  const nobody = new ManagementClient({ domain, token: 'a.b.c' })
  await refused(() => nobody.jobs.get('job_0000000000000000'), 401, /Invalid token/)
  const token = await narrowToken()
  const reader = new ManagementClient({ domain, token })
  await refused(
    () => reader.jobs.usersImports.create({ users: fileOf(people), connection_id: connectionId }),
    403,
    /Insufficient scope, expected any of: create:users/,
  )
  const many = Array.from({ length: 1500 }, (_, index) => ({ email: `many${index}@example.com` }))
  const orders = Array.from({ length: 8 }, () =>
    auth0.jobs.usersImports.create({ users: fileOf(many), connection_id: connectionId }, { maxRetries: 0 }),
  )
  const results = await Promise.allSettled(orders)
  const busy = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  assert.ok(busy.length > 0, 'expected a third import at a time to be refused')
  for (const error of busy) {
    assert.equal(error.statusCode, 429)
    assert.match(error.body.message, /There are 2 active import users jobs/)
    assert.match(String(error.rawResponse?.headers?.get('retry-after')), /^\d+$/)
    assert.match(String(error.rawResponse?.headers?.get('x-ratelimit-reset')), /^\d{10}$/)
  }
}

async function narrowToken() {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    audience: `https://${domain}/api/v2/`,
    scope: 'read:users',
  })
  const response = await fetch(`https://${domain}/oauth/token/`, { method: 'POST', body })
  const token = /** @type {any} */ (await response.json())
  assert.equal(token.scope, 'read:users')
  assert.equal(token.expires_in, 86_400)
  return token.access_token
}

try {
  const connectionId = await connections()
  await imports(connectionId)
  checkCsv(await exports(connectionId, 'csv'))
  const ndjson = await exports(connectionId, 'json')
  checkJson(ndjson)
  await importedAgain(connectionId, ndjson)
  await users()
  await clients()
  await stats()
  await refusals(connectionId)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
