import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import {
  apiOf,
  discard,
  ENGINES,
  emptyOn,
  firstConnectionId,
  HAS_POSTGRES,
  heldFetch,
  importMany,
  newDatabaseOn,
  type Server,
  startServer,
} from './harness.ts'
import { newFolder } from './start-process.ts'

const MEMBERS = 2_500

let server: Server | undefined
afterEach(() => discard(server))

/** A database of another product, and the variables that make it the source `shop`. */
async function newShop(): Promise<Record<string, string>> {
  const made = await newDatabaseOn('postgres')
  if (made === undefined) throw new Error('this run has no PostgreSQL')
  onTestFinished(made.stop)
  const client = new pg.Client({ connectionString: made.url })
  await client.connect()
  await client.query('create table member (id uuid primary key, mail text, team text, changed timestamptz)')
  await client.query(
    `insert into member select md5(n::text)::uuid, 'member' || n || '@example.com', 'team' || n % 3, now()
     from generate_series(1, $1::int) as n`,
    [MEMBERS],
  )
  await client.end()
  const file = join(newFolder(), 'shop.sql')
  writeFileSync(
    file,
    `select id, mail as email, changed as updated_at, jsonb_build_object('team', team) as app_metadata from member;\n`,
  )
  return { MUSTER_SOURCE_SHOP_URL: made.url, MUSTER_SOURCE_SHOP_QUERY: file, MUSTER_SOURCE_SHOP_KEY: 'id' }
}

const AWAY = { MUSTER_SOURCE_AWAY_URL: 'postgres://reader:hidden@127.0.0.1:1/none' }

async function claimsOf(receipt: Response): Promise<Record<string, unknown>> {
  const [, claims = ''] = (await receipt.text()).split('.')
  return JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>
}

describe.runIf(HAS_POSTGRES).each(ENGINES)('sources of a server on %s', (engine) => {
  test('P42 a source is a connection that is exported, searched and never written, and a source that is down stops nothing else', async () => {
    server = await startServer({ ...(await emptyOn(engine)), env: { ...(await newShop()), ...AWAY } })
    const api = await apiOf(server)
    const own = await firstConnectionId(api)
    await importMany(api, own, [{ email: 'own@example.com' }])
    type Shown = { id: string; name: string; strategy: string; options: Record<string, unknown> }
    const connections = (await (await api.get('connections')).json()) as Shown[]
    const shop = connections.find(({ name }) => name === 'shop')
    expect(shop).toMatchObject({
      strategy: 'auth0',
      options: { enabledDatabaseCustomization: true, source: { state: 'reachable', preset: 'query' } },
    })
    const away = connections.find(({ name }) => name === 'away')
    expect(away?.options).toMatchObject({ source: { state: 'unavailable' } })
    expect(JSON.stringify(connections)).not.toContain('hidden')

    const health = await heldFetch(`${server.url}/health/ready`)
    expect(health.status).toBe(200)
    expect(await health.json()).toEqual({
      status: 'ok',
      sources: { reachable: 1, unavailable: 1, unusable: 0 },
    })

    const job = await api.export({ format: 'json', connection_id: shop?.id })
    expect(job).toMatchObject({ status: 'completed', summary: { total: MEMBERS }, connection: 'shop' })
    const claims = await claimsOf(await api.get(`jobs/${String(job['id'])}/receipt`))
    expect(claims).toMatchObject({
      users: MEMBERS,
      sources: [{ source: 'shop', users: MEMBERS, counted: MEMBERS }],
    })
    const since = { since: job['until'], deletions: 'ignore' }
    expect(await api.export({ format: 'json', connection_id: shop?.id, ...since })).toMatchObject({
      status: 'completed',
    })
    expect(await api.export({ format: 'csv', connection_id: own })).toMatchObject({ summary: { total: 1 } })

    const count = await api.post('jobs/users-exports/count', {
      connection_id: shop?.id,
      q: 'app_metadata.team:team1',
    })
    expect(await count.json()).toMatchObject({ users: Math.ceil(MEMBERS / 3) })
    const preview = await api.post('jobs/users-exports/preview', { connection_id: shop?.id, format: 'csv' })
    expect(await preview.json()).toMatchObject({ users: 10 })
    const fields = await api.get(`user-fields?connection_id=${shop?.id}`)
    expect(JSON.stringify(await fields.json())).toContain('app_metadata.team')

    const found = (await (await api.get('users-by-email?email=member7@example.com')).json()) as {
      user_id: string
    }[]
    expect(found).toHaveLength(1)
    const id = encodeURIComponent(found[0]?.user_id ?? '')
    expect(await (await api.get(`users/${id}`)).json()).toMatchObject({ email: 'member7@example.com' })

    const refusals = [
      await api.import(shop?.id ?? '', [{ email: 'new@example.com' }]),
      await api.post('users', { connection: 'shop', email: 'new@example.com', password: 'Long-enough-1' }),
      await api.post('jobs/verification-email', { user_id: found[0]?.user_id }),
      await heldFetch(`${server.url}/api/v2/users/${id}`, { method: 'DELETE', headers: api.headers }),
      await heldFetch(`${server.url}/api/v2/connections/${shop?.id}`, {
        method: 'DELETE',
        headers: api.headers,
      }),
    ]
    for (const refusal of refusals)
      expect([refusal.status, await refusal.json()]).toMatchObject([
        400,
        { errorCode: 'operation_not_supported', message: expect.stringContaining('Muster only reads') },
      ])
    const { code, seconds } = await server.end('SIGTERM')
    expect(code).toBe(0)
    expect(seconds).toBeLessThan(10)
    expect(server.output()).not.toContain('hidden')
  })
})

test.runIf(HAS_POSTGRES)(
  'a source with the name of a stored connection stops the start with the reason',
  async () => {
    const shop = await newShop()
    const { databaseUrl = '' } = await emptyOn('postgres')
    server = await startServer({ databaseUrl })
    const api = await apiOf(server)
    expect((await api.post('connections', { name: 'shop', strategy: 'auth0' })).status).toBe(201)
    await server.end('SIGTERM')
    const again = startServer({ databaseUrl, folder: server.folder, env: shop })
    await expect(again).rejects.toThrow('the source shop: expected a name that no connection has')
  },
)
