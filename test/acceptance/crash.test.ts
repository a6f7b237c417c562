import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import {
  type Api,
  apiOf,
  discard,
  ENGINES,
  emptyOn,
  firstConnectionId,
  heldFetch,
  importMany,
  type Server,
  startServer,
} from './harness.ts'
import { newFolder } from './start-process.ts'

let server: Server | undefined
afterEach(() => discard(server))

const users = Array.from({ length: 30_000 }, (_, index) => ({
  email: `u${index}@example.com`,
  user_metadata: { a: { b: { c: index } } },
}))

describe.each(ENGINES)('a server on %s', (engine) => {
  test('P5 P4 a server killed during an export finishes the job within 30 seconds of its next start', async () => {
    const options = { folder: newFolder(), ...(await emptyOn(engine)) }
    server = await startServer(options)
    const api = await apiOf(server)
    const connectionId = await firstConnectionId(api)
    expect(await importMany(api, connectionId, users)).toBe(users.length)
    const fields = Array.from({ length: 60 }, (_, index) => ({
      name: 'user_metadata.a.b.c',
      export_as: `n${index}`,
    }))
    const created = (await (
      await api.post('jobs/users-exports', { format: 'json', fields: [{ name: 'email' }, ...fields] })
    ).json()) as { id: string }
    expect((await api.job(created.id, 'processing', 'completed'))['status']).toBe('processing')
    const unfinished = join(server.folder, 'objects', 'unfinished')
    while (readdirSync(unfinished).length === 0) await new Promise((later) => setImmediate(later))
    await server.end('SIGKILL')
    expect(finishedFiles(server.folder)).toEqual([])

    const restarted = performance.now()
    server = await startServer(options)
    const job = await (await apiOf(server)).job(created.id, 'completed', 'failed')
    expect((performance.now() - restarted) / 1000).toBeLessThan(30)
    expect(job['status']).toBe('completed')
    const file = Buffer.from(await (await heldFetch(String(job['location']))).arrayBuffer())
    expect(gunzipSync(file).toString().trimEnd().split('\n')).toHaveLength(users.length)
    expect(readdirSync(join(server.folder, 'objects', 'unfinished'))).toEqual([])
    expect(finishedFiles(server.folder)).toHaveLength(1)
  })

  test('P5 P13 a server killed during an import finishes the job after its next start and imports no user twice', async () => {
    const options = { folder: newFolder(), ...(await emptyOn(engine)) }
    server = await startServer(options)
    let api = await apiOf(server)
    const lines = users.map((user) => `${JSON.stringify(user)}\n`)
    const answer = await heldFetch(
      `${server.url}/api/v2/jobs/users-imports?connection_id=${await firstConnectionId(api)}`,
      {
        method: 'POST',
        headers: { ...api.headers, 'content-type': 'application/x-ndjson' },
        body: [...lines, 'nonsense\n'].join(''),
      },
    )
    const { id } = (await answer.json()) as { id: string }
    while ((await userCount(api)) === 0) await new Promise((later) => setImmediate(later))
    await server.end('SIGKILL')

    server = await startServer(options)
    api = await apiOf(server)
    expect(await userCount(api)).toBeLessThan(users.length)
    const job = await api.job(id, 'completed', 'failed')
    expect(job['summary']).toEqual({ failed: 1, updated: 0, inserted: users.length, total: users.length + 1 })
    expect(await userCount(api)).toBe(users.length)
    expect(await (await api.get(`jobs/${id}/errors`)).json()).toHaveLength(1)
    expect(readdirSync(join(server.folder, 'objects', 'finished', 'jobs'))).toEqual([])
  })
})

async function userCount(api: Api): Promise<number> {
  const answer = await api.get('users?per_page=1&include_totals=true')
  return ((await answer.json()) as { total: number }).total
}

function finishedFiles(folder: string): string[] {
  const names = readdirSync(join(folder, 'objects', 'finished'), { recursive: true })
  return names.map(String).filter((name) => name.endsWith('.gz'))
}
