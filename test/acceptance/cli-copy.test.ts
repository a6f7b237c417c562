import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Auth0Server, startAuth0 } from '../fixtures/auth0-server.ts'
import { type CliResult, runCli } from './cli-process.ts'
import {
  type Api,
  apiOf,
  discard,
  ENGINES,
  firstConnectionId,
  newDatabaseOn,
  type Server,
  startServer,
} from './harness.ts'
import { CLIENT } from './start-process.ts'

// The long form has 100,000: MUSTER_COPY_USERS=100000 npx vitest run test/acceptance/cli-copy.test.ts
const USERS = Number(process.env['MUSTER_COPY_USERS'] ?? 3000)

const NAME = 'Username-Password-Authentication'
const ATTRIBUTES = [
  ...['user_id', 'email', 'email_verified', 'username', 'phone_number', 'phone_verified', 'name'],
  ...['given_name', 'family_name', 'nickname', 'picture', 'blocked', 'user_metadata', 'app_metadata'],
  ...['identities', 'created_at', 'updated_at', 'last_login', 'last_ip', 'logins_count'],
  ...['last_password_reset', 'multifactor', 'multifactor_last_modified'],
]

let folder: string
let tenant: Auth0Server
let here: Server
let there: Server
let apiHere: Api
let apiThere: Api
let stopDatabase = async (): Promise<void> => undefined
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'muster-cli-copy-'))
  tenant = await startAuth0({ folder })
  here = await startServer()
  // To another engine if this run has one: a copy does not depend on the engine.
  const database = await newDatabaseOn(ENGINES.at(-1) ?? 'embedded')
  if (database !== undefined) stopDatabase = database.stop
  there = await startServer(database === undefined ? {} : { databaseUrl: database.url })
  apiHere = await apiOf(here)
  apiThere = await apiOf(there)
  const client = { clientId: CLIENT.id, clientSecret: CLIENT.secret }
  const profiles = {
    here: { url: here.url, ...client },
    there: { url: there.url, ...client },
    tenant: {
      domain: tenant.domain,
      clientId: tenant.client.id,
      clientSecret: tenant.client.secret,
      caFile: tenant.caFile,
    },
  }
  mkdirSync(join(folder, 'muster'))
  writeFileSync(join(folder, 'muster', 'profiles.json'), JSON.stringify(profiles), { mode: 0o600 })
})
afterAll(async () => {
  await discard(here)
  await discard(there)
  await stopDatabase()
  await tenant.stop()
  rmSync(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  tenant.connections[0]?.users.splice(0)
  for (const [server, api] of [
    [here, apiHere],
    [there, apiThere],
  ] as const) {
    const { headers } = api
    const id = await firstConnectionId(api)
    await fetch(`${server.url}/api/v2/connections/${id}`, { method: 'DELETE', headers })
    await api.post('connections', { name: NAME, strategy: 'auth0' })
  }
})

function copy(from: string, to: string, ...more: string[]): Promise<CliResult> {
  const env = { XDG_CONFIG_HOME: folder, XDG_DATA_HOME: join(folder, 'state') }
  return runCli(['copy', '--from', from, '--to', to, ...more], { env })
}

function person(n: number) {
  return {
    user_id: `auth0|${String(n).padStart(24, '0')}`,
    email: `u${n}@example.com`,
    email_verified: n % 2 === 0,
    name: n % 3 === 0 ? `=cmd(${n})` : `Ünïcode "${n}"`,
    user_metadata: { plan: { name: `plan ${n % 3}` }, list: [n, String(n), null] },
    app_metadata: { n },
    created_at: new Date(Date.UTC(2020, 0, 1, 0, 0, n % 60, n % 1000)).toISOString(),
    last_login: '2020-01-02T03:04:05.678Z',
    logins_count: n,
  }
}

async function fill({ url }: Server, api: Api, count: number): Promise<void> {
  const id = await firstConnectionId(api)
  const lines = Array.from({ length: count }, (_, n) => `${JSON.stringify(person(n))}\n`)
  const posted = await fetch(`${url}/api/v2/jobs/users-imports?connection_id=${id}&preserve=true`, {
    method: 'POST',
    headers: { ...api.headers, 'content-type': 'application/x-ndjson' },
    body: lines.join(''),
  })
  const job = await api.job(((await posted.json()) as { id: string }).id, 'completed', 'failed')
  expect(job['summary']).toMatchObject({ inserted: count })
}

/** Everything of all users, as text. */
async function everything(api: Api): Promise<string> {
  const job = await api.export({ format: 'json', fields: ATTRIBUTES.map((name) => ({ name })) })
  const file = await fetch(String(job['location']))
  return gunzipSync(Buffer.from(await file.arrayBuffer())).toString()
}

test(`P34 a copy of ${USERS} users between two Musters equals the source to the byte`, async () => {
  await fill(here, apiHere, USERS)
  const preview = await copy('here', 'there')
  expect(preview.code).toBe(4)
  expect(preview.stdout).toBe(
    `From ${here.url} to ${there.url}:\nconnection\tusers\tto\tusers there\tproblem\n${NAME}\t${USERS}\t${NAME}\t0\t\n`,
  )
  expect(preview.stderr).toContain('confirmation_missing: Nothing was copied.')
  expect(await everything(apiThere)).toBe('')
  const started = performance.now()
  const copied = await copy('here', 'there', '--yes', '--json')
  const seconds = (performance.now() - started) / 1000
  expect(copied.code, copied.stderr).toBe(0)
  expect(JSON.parse(copied.stdout)).toMatchObject({
    ...{ read: USERS, inserted: USERS, failed: 0, incomplete: 0 },
    copied: [{ connection: NAME, exported: USERS, users_before: 0, users_now: USERS }],
  })
  const source = await everything(apiHere)
  expect(source.split('\n').length).toBe(USERS + 1)
  expect((await everything(apiThere)) === source).toBe(true)
  if (process.env['MUSTER_COPY_USERS'] !== undefined)
    process.stderr.write(`\n${USERS} users were copied in ${seconds.toFixed(1)} s.\n`)
  expect(readdirSync(join(folder, 'state', 'muster', 'runs'))).toEqual([])
})

test('a second copy refuses users who are there, and with --upsert changes none of them', async () => {
  await fill(here, apiHere, 10)
  await copy('here', 'there', '--yes')
  const rejects = join(folder, 'refused.ndjson')
  const again = await copy('here', 'there', '--yes', '--json', '--rejects', rejects)
  expect([again.code, JSON.parse(again.stdout)]).toMatchObject([5, { read: 10, inserted: 0, failed: 10 }])
  expect(readFileSync(rejects, 'utf8').split('\n').length).toBe(11)
  const upserted = await copy('here', 'there', '--yes', '--json', '--upsert')
  expect([upserted.code, JSON.parse(upserted.stdout)]).toMatchObject([0, { read: 10, updated: 10 }])
  expect(await everything(apiThere)).toBe(await everything(apiHere))
})

test('users of a tenant of Auth0 come to a Muster with their ids and timestamps, and back', async () => {
  for (let n = 0; n < 1500; n++)
    tenant.connections[0]?.users.push({
      ...person(n),
      nickname: `u${n}`,
      updated_at: '2021-01-01T00:00:00.000Z',
      identities: [
        { connection: NAME, user_id: String(n).padStart(24, '0'), provider: 'auth0', isSocial: false },
      ],
    })
  const before = structuredClone(tenant.connections[0]?.users ?? [])
  const copied = await copy('tenant', 'there', '--yes', '--json')
  expect(copied.code, copied.stderr).toBe(0)
  const lines = (await everything(apiThere)).trim().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toEqual(before)

  tenant.connections[0]?.users.splice(0)
  const back = await copy('there', 'tenant', '--yes', '--json')
  expect([back.code, JSON.parse(back.stdout)], back.stderr).toMatchObject([
    0,
    { read: 1500, inserted: 1500, left_out: { identities: 1500, created_at: 1500, last_login: 1500 } },
  ])
  const kept = (user: Record<string, unknown>) => [user['user_id'], user['email'], user['user_metadata']]
  expect(tenant.connections[0]?.users.map(kept)).toEqual(before.map(kept))
})

test('a connection that is missing there is named in the preview, and another name can be given', async () => {
  await fill(here, apiHere, 3)
  await apiThere.post('connections', { name: 'people', strategy: 'auth0' })
  const preview = await copy('here', 'there', '--connection', `${NAME}=staff`)
  expect([preview.code, preview.stdout]).toEqual([
    4,
    expect.stringContaining('There is no connection staff. Create it there'),
  ])
  const refused = await copy('here', 'there', '--connection', `${NAME}=staff`, '--yes')
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringContaining('There is no connection staff.'),
  ])
  const unknown = await copy('here', 'there', '--connection', 'none')
  expect([unknown.code, unknown.stderr]).toEqual([
    2,
    expect.stringContaining('no connection none to copy from'),
  ])
  const renamed = await copy('here', 'there', '--connection', `${NAME}=people`, '--yes', '--json')
  expect([renamed.code, JSON.parse(renamed.stdout)]).toMatchObject([
    0,
    { inserted: 3, copied: [{ to: 'people' }] },
  ])
})
