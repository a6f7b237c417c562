import type { ServerResponse } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { cancelJob, createJob, getJob, watchJob } from '../../src/client/jobs.ts'
import { type Answering, type ScriptedServer, sendJson, startScripted } from '../fixtures/scripted-server.ts'

const ID = 'job_0000000000000001'
const COMPLETED = { id: ID, type: 'users_export', status: 'completed', summary: { total: 3 } }

async function scripted(answer: Answering): Promise<ScriptedServer> {
  const server = await startScripted(answer)
  onTestFinished(server.stop)
  return server
}

const event = (id: string, name: string, data: unknown): string =>
  `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`

function sendEvents(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.end(text)
}

test('a watched job ends with the event of its end, and each event is shown', async () => {
  const server = await scripted((_, response) =>
    sendEvents(
      response,
      `retry: 1000\n\n${event('a', 'progress', { status: 'processing', users: 1 })}:\n\n${event('completed', 'end', COMPLETED)}`,
    ),
  )
  const shown: unknown[] = []
  const job = await watchJob(server.client(), ID, { onProgress: (now) => shown.push(now) })
  expect(job).toEqual(COMPLETED)
  expect(shown).toEqual([{ status: 'processing', users: 1 }])
  expect(server.asked).toEqual([`GET /api/v2/jobs/${ID}/events`])
})

test('events that are cut go on behind the last one that was seen', async () => {
  const seen: unknown[] = []
  const server = await scripted((request, response) => {
    seen.push(request.headers['last-event-id'])
    if (seen.length === 1) {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(event('first', 'progress', { status: 'processing', users: 1 }), () => response.destroy())
    } else sendEvents(response, event('completed', 'end', COMPLETED))
  })
  expect(await watchJob(server.client(), ID)).toEqual(COMPLETED)
  expect(seen).toEqual([undefined, 'first'])
})

test.each([404, 429])('a server that refuses events with %i is polled', async (status) => {
  const statuses = ['pending', 'processing', 'completed']
  const server = await scripted((request, response) => {
    if (request.url?.endsWith('/events')) sendJson(response, { message: 'no', errorCode: 'x' }, status)
    else sendJson(response, { ...COMPLETED, status: statuses.shift() })
  })
  expect(await watchJob(server.client(), ID)).toEqual(COMPLETED)
  expect(server.asked.filter((asked) => asked.endsWith('/events'))).toHaveLength(1)
})

test('events that end again and again without an event are given up, and the job is polled', async () => {
  const server = await scripted((request, response) => {
    if (request.url?.endsWith('/events')) sendEvents(response, 'retry: 1000\n\n')
    else sendJson(response, COMPLETED)
  })
  expect(await watchJob(server.client(), ID)).toEqual(COMPLETED)
  expect(server.asked.filter((asked) => asked.endsWith('/events'))).toHaveLength(5)
})

test('a job of Auth0 is polled, from every second to every five seconds', async () => {
  let polls = 0
  const server = await scripted((_, response) =>
    sendJson(response, ++polls > 12 ? COMPLETED : { ...COMPLETED, status: 'pending' }),
  )
  await watchJob(server.client('auth0'), ID)
  expect(server.asked.every((asked) => asked === `GET /api/v2/jobs/${ID}`)).toBe(true)
  expect(server.waits[0]).toBe(1)
  expect(server.waits.at(-1)).toBe(5)
})

test.each([
  ['failed', { status_details: 'the disk was full' }, 'the disk was full'],
  ['failed', {}, 'gives no reason'],
  ['expired', {}, 'has expired'],
])('a job that is %s fails the watch with its reason', async (status, more, reason) => {
  const job = { ...COMPLETED, status, ...more }
  const server = await scripted((_, response) => sendJson(response, job))
  await expect(watchJob(server.client('auth0'), ID)).rejects.toMatchObject({
    code: 'job_failed',
    message: expect.stringContaining(reason),
    members: { job },
  })
})

test('a job that was deleted fails the watch, by events and by polling', async () => {
  const server = await scripted((request, response) => {
    if (request.url?.endsWith('/events'))
      sendEvents(response, event('deleted', 'end', { status: 'deleted', id: ID }))
    else sendJson(response, { message: 'gone', errorCode: 'inexistent_job' }, 404)
  })
  for (const kind of ['muster', 'auth0'] as const)
    await expect(watchJob(server.client(kind), ID)).rejects.toMatchObject({
      code: 'job_failed',
      message: expect.stringContaining('was deleted'),
    })
})

test('a server that restarts is waited for, and two minutes at the most', async () => {
  let isBack = false
  const server = await scripted((_, response) => {
    if (isBack) sendEvents(response, event('completed', 'end', COMPLETED))
    else response.destroy()
  })
  const client = server.client()
  await expect(watchJob(client, ID)).rejects.toMatchObject({ code: 'server_unreachable' })
  const waited = server.waits.reduce((sum, seconds) => sum + seconds, 0)
  expect(waited).toBeGreaterThanOrEqual(120)
  expect(waited).toBeLessThan(400)
  isBack = true
  expect(await watchJob(client, ID)).toEqual(COMPLETED)
})

test('an aborted watch fails with the reason of the signal', async () => {
  const ending = new AbortController()
  const server = await scripted((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(event('a', 'progress', { status: 'processing' }))
  })
  const reason = new Error('enough')
  const watching = watchJob(server.client(), ID, {
    signal: ending.signal,
    onProgress: () => ending.abort(reason),
  })
  await expect(watching).rejects.toBe(reason)
})

test('a create whose answer is lost is sent again with its key to Muster, and not to Auth0', async () => {
  const keys: unknown[] = []
  const server = await scripted((request, response) => {
    if (request.method === 'POST' && keys.push(request.headers['idempotency-key']) % 2 === 1)
      response.destroy()
    else sendJson(response, COMPLETED)
  })
  const request = { path: 'jobs/users-exports', json: {} }
  const [muster, auth0] = [server.client(), server.client('auth0')]
  // A server that has never answered is asked once.
  for (const client of [muster, auth0]) await getJob(client, ID)
  expect(await createJob(muster, request)).toEqual(COMPLETED)
  expect(keys).toEqual([expect.stringMatching(/^[\w-]{36}$/), keys[0]])
  await expect(createJob(auth0, request)).rejects.toMatchObject({ code: 'server_unreachable' })
  expect(keys.slice(2)).toEqual([undefined])
})

test('a cancelled job is deleted on Muster, and nothing is asked of Auth0', async () => {
  let isThere = true
  const server = await scripted((_, response) => {
    if (isThere) response.writeHead(204).end()
    else sendJson(response, { message: 'gone', errorCode: 'inexistent_job' }, 404)
    isThere = false
  })
  expect(await cancelJob(server.client(), ID)).toBe(true)
  expect(await cancelJob(server.client(), ID)).toBe(false)
  expect(await cancelJob(server.client('auth0'), ID)).toBe(false)
  expect(server.asked).toEqual([`DELETE /api/v2/jobs/${ID}`, `DELETE /api/v2/jobs/${ID}`])
})
