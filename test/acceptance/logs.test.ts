import { randomUUID } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import { apiOf, discard, ENGINES, emptyOn, heldFetch, type Server, startServer } from './harness.ts'

let server: Server | undefined
afterEach(() => discard(server))

type Line = Readonly<Record<string, unknown>>

function linesOf(message: string): Line[] {
  const lines = (server?.output() ?? '').split('\n').filter((line) => line.startsWith('{'))
  return lines.map((line) => JSON.parse(line) as Line).filter(({ msg }) => msg === message)
}

test.each(ENGINES)(
  'P31 the lines of a request and of its job on %s have one request id, also if the job fails',
  async (engine) => {
    server = await startServer(await emptyOn(engine))
    const api = await apiOf(server)
    const made = (await (
      await api.post('users', {
        connection: 'Username-Password-Authentication',
        email: 'ada@example.com',
        password: 'a-Long-passw0rd',
      })
    ).json()) as { user_id: string }
    const send = async (path: string, body: object, id: string) => {
      const answer = await heldFetch(`${server?.url}/api/v2/jobs/${path}`, {
        method: 'POST',
        headers: { ...api.headers, 'content-type': 'application/json', 'x-request-id': id },
        body: JSON.stringify(body),
      })
      const { id: jobId } = (await answer.json()) as { id: string }
      return { jobId, requestId: answer.headers.get('x-request-id') ?? '' }
    }
    const good = await send('users-exports', {}, randomUUID())
    await api.job(good.jobId, 'completed')
    const bad = await send('verification-email', { user_id: made.user_id }, 'ada@example.com')
    await api.job(bad.jobId, 'failed')
    expect(bad.requestId).toMatch(/^[0-9a-f-]{36}$/)
    await expect.poll(() => linesOf('job').length).toBe(2)
    expect(linesOf('request').filter(({ job }) => job === good.jobId)).toMatchObject([
      { requestId: good.requestId, path: '/api/v2/jobs/users-exports' },
    ])
    expect(linesOf('job')).toMatchObject([
      { ...good, type: 'users_export', end: 'completed' },
      { ...bad, type: 'verification_email', end: 'failed' },
    ])
    expect(linesOf('work failed')).toMatchObject([{ ...bad, err: { code: 'mail_unconfigured' } }])
    expect(server.output()).not.toMatch(/ada@|auth0\|/)
  },
)
