import type { IncomingMessage, ServerResponse } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { type Answering, type ScriptedServer, sendJson, startScripted } from '../fixtures/scripted-server.ts'

const CREDENTIALS = { kind: 'client', id: 'an-id', secret: 'a-secret' } as const
const BUSY = { statusCode: 429, error: 'Too Many Requests', message: 'Global limit has been reached' }

async function scripted(answer: Answering): Promise<ScriptedServer> {
  const server = await startScripted(answer)
  onTestFinished(server.stop)
  return server
}

/** Gives tokens `token-1`, `token-2`, …; the rest is for `answer`. */
function withTokens(answer: Answering, seconds = 3600): Answering {
  let given = 0
  return (request, response) => {
    if (request.url === '/oauth/token')
      sendJson(response, { access_token: `token-${++given}`, expires_in: seconds, token_type: 'Bearer' })
    else answer(request, response)
  }
}

function tokenOf(request: IncomingMessage): string {
  return (request.headers.authorization ?? '').replace('Bearer ', '')
}

function refuse(response: ServerResponse, status: number): void {
  sendJson(response, { statusCode: status, error: 'x', message: 'no' }, status)
}

test('requests at the same time ask for one token, and later ones use the same', async () => {
  const server = await scripted(withTokens((request, response) => sendJson(response, tokenOf(request))))
  const client = server.client('muster', CREDENTIALS)
  const both = await Promise.all([client.json({ path: 'a' }), client.json({ path: 'b' })])
  expect([...both, await client.json({ path: 'c' })]).toEqual(['token-1', 'token-1', 'token-1'])
  expect(server.asked.filter((asked) => asked.endsWith('/oauth/token'))).toHaveLength(1)
})

test('a token is renewed 10 s before its end', async () => {
  const server = await scripted(withTokens((request, response) => sendJson(response, tokenOf(request)), 60))
  const client = server.client('muster', CREDENTIALS)
  expect(await client.json({ path: 'a' })).toBe('token-1')
  await client.pace.wait(49)
  expect(await client.json({ path: 'a' })).toBe('token-1')
  await client.pace.wait(1)
  expect(await client.json({ path: 'a' })).toBe('token-2')
})

test('a refused token is replaced once, and the second refusal counts', async () => {
  const server = await scripted(
    withTokens((request, response) =>
      tokenOf(request) === 'token-1' || request.url?.endsWith('/never') === true
        ? refuse(response, 401)
        : sendJson(response, tokenOf(request)),
    ),
  )
  const client = server.client('muster', CREDENTIALS)
  expect(await client.json({ path: 'a' })).toBe('token-2')
  const refused = client.json({ path: 'never' })
  await expect(refused).rejects.toMatchObject({ code: 'server_refused', members: { status: 401 } })
})

test('a token request that is refused for now is sent again, longer apart each time', async () => {
  let refusals = 3
  const tokens = withTokens((_, response) => sendJson(response, 'done'))
  const server = await scripted((request, response) =>
    request.url === '/oauth/token' && refusals-- > 0
      ? sendJson(response, BUSY, 429)
      : tokens(request, response),
  )
  expect(await server.client('auth0', CREDENTIALS).json({ path: 'a' })).toBe('done')
  expect(server.waits).toEqual([1, 2, 4])
})

test('a server that stays busy is given up after the time that the request allows', async () => {
  const server = await scripted((_, response) => sendJson(response, BUSY, 429))
  const busy = server.client('auth0', CREDENTIALS).json({ path: 'a', busySeconds: 10 })
  await expect(busy).rejects.toMatchObject({ code: 'server_refused', members: { status: 429 } })
  expect(server.waits.reduce((sum, seconds) => sum + seconds, 0)).toBeLessThan(20)
})

test.each([
  ['GET', {}, 4],
  ['POST', {}, 1],
  ['POST', { 'idempotency-key': 'a-key' }, 4],
] as const)('a failed server gets a %s with headers %j %i times', async (method, headers, times) => {
  const server = await scripted((_, response) => refuse(response, 500))
  const failed = server.client().json({ method, path: 'a', headers })
  await expect(failed).rejects.toMatchObject({ code: 'server_failed' })
  expect(server.asked).toHaveLength(times)
})

test('a client waits for a busy server as long as the server says', async () => {
  let refusals = 2
  const server = await scripted((_, response) => {
    if (refusals-- === 0) return sendJson(response, 'done')
    const named = refusals === 1 ? { 'retry-after': '7' } : { 'x-ratelimit-reset': '1767225610' }
    response.writeHead(429, { 'content-type': 'application/json', ...named })
    response.end(JSON.stringify(BUSY))
  })
  expect(await server.client('auth0').json({ path: 'a' })).toBe('done')
  // The clock began at 1767225600 and stood at 1767225607 at the second refusal.
  expect(server.waits).toEqual([7, 3])
})
