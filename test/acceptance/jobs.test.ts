import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Api,
  apiOf,
  discard,
  ENGINES,
  firstConnectionId,
  heldFetch,
  newDatabaseOn,
  type Server,
  startServer,
} from './harness.ts'

type Job = Record<string, unknown> & { readonly id: string }
interface Page {
  readonly jobs: readonly Job[]
  readonly next?: string
}

describe.each(ENGINES)('control over jobs on %s', (engine) => {
  let database: Awaited<ReturnType<typeof newDatabaseOn>>
  let server: Server
  let api: Api
  let connectionId: string
  beforeAll(async () => {
    database = await newDatabaseOn(engine)
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

  const remove = async (id: string): Promise<number> =>
    (await heldFetch(`${server.url}/api/v2/jobs/${id}`, { method: 'DELETE', headers: api.headers })).status
  const filesOf = async (...ids: readonly string[]): Promise<readonly string[]> =>
    (await server.files()).filter((name) => ids.some((id) => name.includes(id)))
  const unfinished = async (): Promise<readonly string[]> =>
    (await server.files()).filter((name) => name.startsWith('unfinished'))

  test('P24 a finished export that is deleted is gone at once with its file, also for links given out before', async () => {
    const { id, location } = (await api.export({})) as { id: string; location: string }
    expect((await heldFetch(location)).status).toBe(200)
    expect(await filesOf(id)).not.toEqual([])
    expect(await remove(id)).toBe(204)
    expect(await filesOf(id)).toEqual([])
    expect((await heldFetch(location)).status).toBe(404)
    expect((await api.get(`jobs/${id}`)).status).toBe(404)
    expect((await list('')).jobs.map((job) => job.id)).not.toContain(id)
    expect(await remove(id)).toBe(404)
    expect(await remove('job_0000000000000000')).toBe(404)
    expect(await remove('%00')).toBe(400)
  })

  test('P24 jobs that are deleted before their end leave nothing, and later jobs run', async () => {
    const made: string[] = []
    for (let count = 0; count < 10; count++) {
      const job = (await (await api.post('jobs/users-exports', { format: 'json' })).json()) as Job
      expect(await remove(job.id)).toBe(204)
      made.push(job.id)
    }
    for (let count = 0; count < 4; count++) {
      // Only two imports may be active: a deleted one gives its place back at once.
      const users = Array.from({ length: 1000 }, (_, at) => ({ email: `${count}-${at}@delete.example` }))
      const response = await api.import(connectionId, users)
      expect(response.status).toBe(202)
      const { id } = (await response.json()) as Job
      expect(await remove(id)).toBe(204)
      made.push(id)
    }
    const left = async () => [...(await filesOf(...made)), ...(await unfinished())]
    await expect.poll(left, { timeout: 5_000 }).toEqual([])
    for (const id of made) expect((await api.get(`jobs/${id}`)).status).toBe(404)
    expect((await api.export({}))['status']).toBe('completed')
  })

  test.runIf(engine === 'postgres')(
    'P24 the queries of a running export end within two seconds after its deletion, and a waiting export never begins',
    async () => {
      const client = new pg.Client({ connectionString: database?.url ?? '' })
      const watcher = new pg.Client({ connectionString: database?.url ?? '' })
      await Promise.all([client.connect(), watcher.connect()])
      try {
        await client.query('begin; lock table muster.users')
        const waiting = async (): Promise<number> => {
          const found = await watcher.query(
            `select count(*)::int as waiting from pg_stat_activity
             where datname = current_database() and wait_event_type = 'Lock'`,
          )
          return (found.rows as { waiting: number }[])[0]?.waiting ?? 0
        }
        const ids: string[] = []
        for (let count = 0; count < 12; count++)
          ids.push(((await (await api.post('jobs/users-exports', {})).json()) as Job).id)
        await expect.poll(waiting, { timeout: 5_000 }).toBeGreaterThan(0)
        const started = performance.now()
        expect(await Promise.all(ids.map(remove))).toEqual(ids.map(() => 204))
        await expect.poll(waiting, { timeout: 5_000 }).toBe(0)
        expect(performance.now() - started).toBeLessThan(2_000)
        expect((await list('status=pending')).jobs).toEqual([])
        expect((await list('status=processing')).jobs).toEqual([])
      } finally {
        await client.end()
        await watcher.end()
      }
      expect((await api.export({}))['status']).toBe('completed')
      expect(server.output()).not.toContain('work failed')
    },
  )

  const postWith = (key: string, path: string, init: RequestInit): Promise<Response> =>
    heldFetch(`${server.url}/api/v2/jobs/${path}`, {
      ...init,
      method: 'POST',
      headers: { ...api.headers, ...init.headers, 'idempotency-key': key },
    })
  const json = (body: unknown): RequestInit => ({
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const lines = (...emails: readonly string[]): RequestInit => ({
    headers: { 'content-type': 'application/x-ndjson' },
    body: emails.map((email) => `${JSON.stringify({ email })}\n`).join(''),
  })
  const form = (email: string): RequestInit => {
    const body = new FormData()
    body.set('users', new Blob([JSON.stringify([{ email }])]), 'users.json')
    body.set('connection_id', connectionId)
    return { body }
  }
  /** The status, and the id of the job or the code of the error. */
  const outcome = async (response: Response): Promise<unknown[]> => {
    const { id, errorCode } = (await response.json()) as { id?: string; errorCode?: string }
    return [response.status, id ?? errorCode]
  }
  const reused = [422, 'idempotency_key_reused']

  test('P25 an export that is sent again with its key answers the same job as the job stands now, and another request is refused', async () => {
    const key = 'export: "1"'
    const asked = { format: 'json', limit: 3 } as const
    const first = (await (await postWith(key, 'users-exports', json(asked))).json()) as Job
    await api.job(first.id, 'completed')
    const again = await postWith(key, 'users-exports', json({ limit: 3, format: 'json' }))
    expect(again.status).toBe(200)
    expect(await again.json()).toMatchObject({ id: first.id, status: 'completed' })
    expect(await outcome(await postWith(key, 'users-exports', json({ format: 'json' })))).toEqual(reused)
    const mail = json({ user_id: 'auth0|nobody' })
    expect(await outcome(await postWith(key, 'verification-email', mail))).toEqual(reused)
    expect(await outcome(await postWith('export: "2"', 'users-exports', json(asked)))).not.toContain(first.id)
    expect(await remove(first.id)).toBe(204)
    expect(await outcome(await postWith(key, 'users-exports', json(asked)))).not.toContain(first.id)
  })

  test('P25 requests with one key at the same time make one job', async () => {
    const twins = Array.from({ length: 12 }, () => postWith('twins', 'users-exports', json({})))
    const answers = await Promise.all((await Promise.all(twins)).map(outcome))
    const ids = answers.map(([, id]) => id)
    expect(new Set(answers.map(([status]) => status))).toEqual(new Set([200]))
    expect(new Set(ids).size).toBe(1)
    const { jobs } = await list('type=users_export&take=2')
    expect(jobs.map(({ id }) => id).filter((id) => ids.includes(id))).toHaveLength(1)
    await api.job(String(ids[0]), 'completed')
  })

  test('P25 an import that is sent again with its key answers the same job only if parameters and bytes are equal', async () => {
    const path = `users-imports?connection_id=${connectionId}`
    const twins = await Promise.all([1, 2].map(() => postWith('stream', path, lines('one@key.example'))))
    const [[status, id], other] = (await Promise.all(twins.map(outcome))) as [unknown[], unknown[]]
    expect([status, other]).toEqual([202, [202, id]])
    expect(await outcome(await postWith('stream', path, lines('one@key.example')))).toEqual([202, id])
    expect(await outcome(await postWith('stream', path, lines('two@key.example')))).toEqual(reused)
    expect(await outcome(await postWith('stream', `${path}&upsert=true`, lines('one@key.example')))).toEqual(
      reused,
    )
    const job = await api.job(String(id), 'completed')
    expect(job['summary']).toMatchObject({ inserted: 1, total: 1 })

    const sent = await outcome(await postWith('form', 'users-imports', form('form@key.example')))
    expect(sent[0]).toBe(202)
    await api.job(String(sent[1]), 'completed')
    expect(await outcome(await postWith('form', 'users-imports', form('form@key.example')))).toEqual(sent)
    expect(await outcome(await postWith('form', 'users-imports', form('another@key.example')))).toEqual(
      reused,
    )
    // What was received only to be compared is kept nowhere.
    expect((await server.files()).filter((name) => name.endsWith('/users'))).toEqual([])
  })

  test('P25 a verification mail that is requested again with its key is one job, even if its user is gone', async () => {
    const user = {
      connection: 'Username-Password-Authentication',
      email: 'v@key.example',
      password: 'long enough 1!',
    }
    const created = (await (
      await heldFetch(`${server.url}/api/v2/users`, {
        ...json(user),
        method: 'POST',
        headers: { ...api.headers, 'content-type': 'application/json' },
      })
    ).json()) as { user_id: string }
    const mail = json({ user_id: created.user_id })
    const first = await outcome(await postWith('mail', 'verification-email', mail))
    expect(first[0]).toBe(201)
    await heldFetch(`${server.url}/api/v2/users/${encodeURIComponent(created.user_id)}`, {
      method: 'DELETE',
      headers: api.headers,
    })
    expect(await outcome(await postWith('mail', 'verification-email', mail))).toEqual(first)
    expect(await outcome(await postWith('mail 2', 'verification-email', mail))).toEqual([
      404,
      'inexistent_user',
    ])
  })

  test.each(['', 'x'.repeat(256), 'clé', 'a\tb'])('a key that cannot be one is refused: %j', async (key) => {
    const invalid = [400, 'invalid_idempotency_key']
    expect(await outcome(await postWith(key, 'users-exports', json({})))).toEqual(invalid)
    const path = `users-imports?connection_id=${connectionId}`
    expect(await outcome(await postWith(key, path, lines('a@x.io')))).toEqual(invalid)
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
