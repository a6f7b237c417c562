import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { newPostgresDatabase } from '../fixtures/postgres-database.ts'
import { type Api, apiOf, discard, ENGINES, firstConnectionId, type Server, startServer } from './harness.ts'

type Job = Record<string, unknown> & { readonly id: string }
interface Page {
  readonly jobs: readonly Job[]
  readonly next?: string
}

type Made = Awaited<ReturnType<typeof newPostgresDatabase>>

async function databaseOn(engine: (typeof ENGINES)[number]): Promise<Made | undefined> {
  const postgres = inject('postgres')
  return engine === 'postgres' && 'url' in postgres ? newPostgresDatabase(postgres.url) : undefined
}

describe.each(ENGINES)('control over jobs on %s', (engine) => {
  let database: Made | undefined
  let server: Server
  let api: Api
  let connectionId: string
  beforeAll(async () => {
    database = await databaseOn(engine)
    server = await startServer(database === undefined ? {} : { databaseUrl: database.url })
    api = await apiOf(server)
    connectionId = await firstConnectionId(api)
  })
  afterAll(async () => {
    await discard(server)
    await database?.stop()
  })

  const list = async (query: string): Promise<Page> => (await (await api.get(`jobs?${query}`)).json()) as Page

  test('P23 jobs are listed newest first, in pages, by type, status, connection and time', async () => {
    const exported = await api.export({ connection_id: connectionId, format: 'json' })
    const imported = (await (await api.import(connectionId, [{ email: 'a@x.io' }])).json()) as Job
    await api.job(imported.id, 'completed')
    const newest = (await (await api.post('jobs/users-exports', {})).json()) as Job
    await api.job(newest.id, 'completed')
    const ids = [newest.id, imported.id, exported['id']]
    const all = await list('')
    expect(all.jobs.map(({ id }) => id)).toEqual(ids)
    expect(all.next).toBeUndefined()
    // The same as one by one, without the link.
    const { location, ...shown } = await api.job(newest.id, 'completed')
    expect([location, all.jobs[0]]).toEqual([expect.any(String), shown])
    const first = await list('take=2')
    const second = await list(`take=2&from=${first.next}`)
    expect([...first.jobs, ...second.jobs].map(({ id }) => id)).toEqual(ids)
    expect(second.next).toBeUndefined()
    const found = async (query: string) => (await list(query)).jobs.map(({ id }) => id)
    expect(await found('type=users_import')).toEqual([imported.id])
    expect(await found('status=completed&type=users_export')).toEqual([newest.id, exported['id']])
    expect(await found('status=failed')).toEqual([])
    expect(await found(`connection_id=${connectionId}`)).toEqual([imported.id, exported['id']])
    const between = new URLSearchParams({
      created_after: String(exported['created_at']),
      created_before: String(newest['created_at']),
    })
    expect(await found(String(between))).toEqual([imported.id])
  })

  test.each([
    'take=0',
    'take=101',
    'status=done',
    'type=export',
    'from=nobodys',
    'created_after=yesterday',
    'connection_id=%00',
    'staus=failed',
  ])('a list with a wrong parameter is refused: %s', async (query) => {
    expect((await api.get(`jobs?${query}`)).status).toBe(400)
  })
})
