import { once } from 'node:events'
import { request } from 'node:http'
import pg from 'pg'
import { afterEach, expect, test } from 'vitest'
import {
  apiOf,
  discard,
  ENGINES,
  emptyOn,
  firstConnectionId,
  HAS_POSTGRES,
  heldFetch,
  type Server,
  startServer,
} from './harness.ts'

let server: Server | undefined
afterEach(() => discard(server))

async function health(path: string): Promise<unknown[]> {
  const answer = await heldFetch(`${server?.url}/health${path}`, { headers: { connection: 'close' } })
  return [answer.status, ((await answer.json()) as { errorCode?: string }).errorCode]
}

test.each(ENGINES)(
  'P31 during a stop on %s the process is not ready at once, and answers the request under way and new ones',
  async (engine) => {
    server = await startServer(await emptyOn(engine))
    const api = await apiOf(server)
    const connectionId = await firstConnectionId(api)
    expect(await health('/ready')).toEqual([200, undefined])
    const url = `${server.url}/api/v2/jobs/users-imports?connection_id=${connectionId}`
    const upload = request(url, {
      method: 'POST',
      headers: { ...api.headers, 'content-type': 'application/x-ndjson', expect: '100-continue' },
    })
    upload.flushHeaders()
    // The server has begun the request.
    await once(upload, 'continue')
    upload.write('{"email":"ada@example.com"}\n')
    const ended = server.end('SIGTERM')
    await expect.poll(() => health('/ready'), { timeout: 3000 }).toEqual([503, 'stopping'])
    expect(await health('/live')).toEqual([200, undefined])
    expect(await health('')).toEqual([200, undefined])
    const answered = once(upload, 'response') as Promise<[{ statusCode: number; resume(): void }]>
    upload.end()
    const [answer] = await answered
    answer.resume()
    expect(answer.statusCode).toBe(202)
    const { code, seconds } = await ended
    expect(code).toBe(0)
    expect(seconds).toBeLessThan(10)
  },
)

test.runIf(HAS_POSTGRES)(
  'P31 a process whose schema lacks a step is not ready, and says which step',
  async () => {
    const { databaseUrl = '' } = await emptyOn('postgres')
    server = await startServer({ databaseUrl })
    expect(await health('/ready')).toEqual([200, undefined])
    const client = new pg.Client({ connectionString: databaseUrl })
    await client.connect()
    await client.query(`delete from muster.migrations where name like '0014%'`)
    await client.query(`insert into muster.migrations (name) values ('9999 of a newer version')`)
    await expect.poll(() => health('/ready'), { timeout: 5000 }).toEqual([503, 'schema_behind'])
    const { message } = (await (await heldFetch(`${server.url}/health/ready`)).json()) as { message: string }
    expect(message).toContain('Schema: The database lacks the step "0014 ')
    expect(await health('')).toEqual([200, undefined])
    await client.end()
  },
)
