import { afterEach, expect, test } from 'vitest'
import { apiAt, discard, heldFetch, type Server, startServer } from './harness.ts'
import { CLIENT } from './start-process.ts'

let server: Server | undefined
afterEach(() => discard(server))

const LINK = /^ {2}Console: +(\S+)\/#\/sign-in\/([\w-]{43}) \(signs in once, within an hour\)$/m

/** The code of the link that the server has printed after `Muster is ready at`. */
async function codeOf({ output, url }: Server): Promise<string> {
  await expect.poll(output).toMatch(LINK)
  const [, address, code = ''] = LINK.exec(output()) ?? []
  expect(address).toBe(url)
  return code
}

async function ask(method: string, cookie = '', body?: object) {
  const answer = await heldFetch(`${server?.url}/console/session`, {
    method,
    headers: { cookie, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  const session = text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>)
  return { status: answer.status, session, cookie: answer.headers.get('set-cookie')?.split(';')[0] }
}

test('P45 the link that muster serve prints signs in once, and the session outlives a restart', async () => {
  server = await startServer()
  const code = await codeOf(server)
  const { status, session, cookie } = await ask('POST', '', { code })
  expect([status, session?.['client_id']]).toEqual([200, CLIENT.id])
  const api = apiAt(server.url, { authorization: `Bearer ${session?.['access_token']}` })
  expect((await api.get('connections')).status).toBe(200)
  expect((await ask('POST', '', { code })).status).toBe(403)
  expect(await ask('GET', cookie)).toMatchObject({ status: 200, session })
  // The link is on standard output only. Neither it nor the cookie gets into the log.
  expect(server.output().split(code)).toHaveLength(2)
  expect(server.output()).not.toContain(cookie?.slice(30))

  const { folder } = server
  const port = new URL(server.url).port
  await server.end('SIGTERM')
  server = await startServer({ folder, args: ['--port', port] })
  expect(await ask('GET', cookie)).toMatchObject({ status: 200, session })
  expect((await ask('POST', '', { code })).status).toBe(403)
  expect((await ask('POST', '', { code: await codeOf(server) })).status).toBe(200)
})

test('P45 the printed address has no code if the public URL is not of this machine, and is absent with MUSTER_CONSOLE=false', async () => {
  server = await startServer({ env: { MUSTER_PUBLIC_URL: 'https://muster.example' } })
  await expect.poll(server.output).toMatch(/^ {2}Console: +https:\/\/muster\.example\/$/m)
  await discard(server)
  server = await startServer({ env: { MUSTER_CONSOLE: 'false' } })
  await expect.poll(server.output).toContain('Documentation:')
  expect(server.output()).not.toContain('Console:')
  expect((await ask('GET')).status).toBe(404)
  const page = await heldFetch(server.url, { headers: { accept: 'text/html' } })
  expect(await page.text()).toContain('Its console is off')
})
