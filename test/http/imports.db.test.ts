import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newConnectionId } from '../../src/domain/ids.ts'
import { addRoutes } from '../../src/http/add-routes.ts'
import { postUsersImports } from '../../src/http/routes/post-users-imports.ts'
import { buildHttpServer } from '../../src/http/server.ts'
import type { JobStore } from '../../src/jobs/job-store.ts'
import { pgConnectionStore } from '../../src/users/pg-connection-store.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'
import { memoryJobStore } from '../fixtures/memory-job-store.ts'
import { type MemoryObjectStore, memoryObjectStore } from '../fixtures/memory-object-store.ts'
import { type FormPart, multipartBody, multipartType } from '../fixtures/multipart.ts'
import { openTokens } from '../fixtures/open-tokens.ts'

const authorization = 'Bearer create:users'
const path = '/api/v2/jobs/users-imports'

describe.each(ENGINES)('POST users-imports on $name', (engine) => {
  const id = newConnectionId()
  const social = newConnectionId()
  const users: FormPart = { name: 'users', value: '[]', fileName: 'users.json' }
  const connectionId: FormPart = { name: 'connection_id', value: id }
  let opened: TestDatabase
  let app: FastifyInstance
  let jobs: JobStore
  let objects: MemoryObjectStore
  let wakes: number

  beforeAll(async () => {
    opened = await withDatabase(engine)
    const connections = pgConnectionStore(opened.database)
    await connections.add({ id, name: 'Users', strategy: 'auth0', options: {} })
    await connections.add({ id: social, name: 'github', strategy: 'github', options: {} })
  })
  afterAll(async () => {
    await app.close()
    await opened.stop()
  })
  beforeEach(async () => {
    await app?.close()
    jobs = memoryJobStore()
    objects = memoryObjectStore()
    wakes = 0
    const clock = fixedClock('2026-01-01T00:00:00Z')
    const connections = pgConnectionStore(opened.database)
    const wake = (): void => void wakes++
    const deps = {
      jobs,
      objects,
      connections,
      clock,
      tokens: openTokens,
      wake,
      importBytesMax: 100_000,
    }
    app = await buildHttpServer({
      log: pino({ enabled: false }),
      routes: [(to) => addRoutes(to, [postUsersImports], deps)],
    })
  })

  function post(parts: readonly FormPart[], headers: Record<string, string> = {}) {
    return app.inject({
      method: 'POST',
      url: path,
      headers: { authorization, 'content-type': multipartType, ...headers },
      payload: multipartBody(parts),
    })
  }

  test.each([
    ['first', [users, connectionId, { name: 'external_id', value: '' }]],
    ['last', [{ name: 'upsert', value: 'false' }, connectionId, users]],
    [
      'unnamed, between parts nobody knows',
      [{ name: 'x', value: 'y' }, { name: 'users', value: '[]' }, { name: 'x', value: 'z' }, connectionId],
    ],
  ])('a form gets 202 with the users %s', async (_, parts) => {
    const response = await post(parts)
    expect([response.statusCode, response.json()]).toEqual([
      202,
      {
        type: 'users_import',
        status: 'pending',
        connection_id: id,
        connection: 'Users',
        created_at: '2026-01-01T00:00:00.000Z',
        id: expect.stringMatching(/^job_[A-Za-z0-9]{16}$/),
      },
    ])
    expect(objects.visibleObjects()).toEqual([`jobs/${response.json().id}/import/users`])
    expect(wakes).toBe(1)
  })

  test('a form whose external_id no database can store is refused before its file is stored', async () => {
    const response = await post([users, connectionId, { name: 'external_id', value: 'a\0b' }])
    expect(response.statusCode).toBe(400)
    expect(response.json().message).toContain('external_id')
    const streamed = await app.inject({
      method: 'POST',
      url: `${path}?connection_id=${id}&external_id=%ED%A0%80a%01`,
      headers: { authorization, 'content-type': 'application/x-ndjson' },
      payload: '{}',
    })
    expect(streamed.statusCode).toBeLessThan(500)
  })

  test('an import job stores the parameters of its form', async () => {
    const order = [
      { name: 'upsert', value: 'true' },
      { name: 'preserve', value: 'true' },
      { name: 'external_id', value: 'mine' },
      { name: 'send_completion_email', value: 'false' },
    ]
    const response = await post([users, connectionId, ...order], {
      authorization: 'Bearer create:users update:users_app_metadata',
    })
    expect(response.json().external_id).toBe('mine')
    const job = await jobs.find(response.json().id)
    expect(job).toMatchObject({
      request: { by: 'form', upsert: 'overwrite', preserve: true, external_id: 'mine' },
    })
  })

  test.each([
    [[connectionId], "Must provide 'users' file as multipart part."],
    [[connectionId, { ...users, value: '' }], 'Users file must not be empty.'],
    [[users], "Must provide 'connection_id' as multipart part."],
    [
      [users, { ...connectionId, value: 'con_1' }],
      "Payload validation error: 'String does not match pattern ^con_[A-Za-z0-9]{16}$' on property connection_id.",
    ],
    [[users, { ...connectionId, value: newConnectionId() }], 'The connection does not exist.'],
    [[users, { ...connectionId, value: social }], 'Connection must be a database connection'],
    [
      [users, connectionId, { ...users, value: '[{}]' }],
      "Payload validation error: 'Part given more than once' on property users. Send one part of each name; send several users files one after another.",
    ],
    [
      [{ name: 'upsert', value: 'false' }, users, connectionId, { name: 'upsert', value: 'true' }],
      "Payload validation error: 'Part given more than once' on property upsert. Send one part of each name; send several users files one after another.",
    ],
    [
      [users, connectionId, { name: 'more_users', value: '[]', fileName: 'more.json' }],
      "Payload validation error: 'Unknown file' on property more_users. The users file is the part named users.",
    ],
  ])('a wrong form gets 400 and stores nothing: %#', async (parts, message) => {
    const response = await post(parts)
    expect([response.statusCode, response.json().message]).toEqual([400, message])
    expect(objects.visibleObjects()).toEqual([])
  })

  test.each(['True', '1', 'yes', ''])(
    'a form’s boolean part %j is read as false, as at Auth0, and the job reports this',
    async (value) => {
      const parts = ['upsert', 'send_completion_email', 'preserve'].map((name) => ({ name, value }))
      const response = await post([users, connectionId, ...parts])
      const sent = value === '' ? 'nothing' : `"${value}"`
      const sentence = (name: string) =>
        `${name} was read as false: only the text true means true, and ${sent} was sent.`
      expect([response.statusCode, response.json().status_details]).toEqual([
        202,
        ['upsert', 'send_completion_email', 'preserve'].map(sentence).join(' '),
      ])
      expect(await jobs.find(response.json().id)).toMatchObject({
        request: { upsert: 'no', preserve: false },
      })
    },
  )

  test('a form’s part with a file name is read like a part without one', async () => {
    const named = [
      { ...connectionId, fileName: 'c' },
      { name: 'upsert', value: 'true', fileName: 'upsert' },
    ]
    const response = await post([users, ...named])
    expect(await jobs.find(response.json().id)).toMatchObject({ request: { upsert: 'overwrite' } })
  })

  test.each([
    ['JSON with a connection_id inside', { 'content-type': 'application/json' }, `{"connection_id":"${id}"}`],
    ['nothing at all', {}, ''],
  ])('a request with %s gets an error that names both ways to send users', async (_, headers, payload) => {
    const response = await app.inject({
      method: 'POST',
      url: path,
      headers: { authorization, ...headers },
      payload,
    })
    expect(response.statusCode).toBe(400)
    for (const word of [
      'Missing required property: connection_id',
      'multipart/form-data',
      'connection_id in the query',
    ])
      expect(response.json().message).toContain(word)
  })

  test('a body that is not multipart, or only part of one, gets 400', async () => {
    const whole = multipartBody([users, connectionId])
    const bodies = [
      ['application/json', '{}'],
      [multipartType, whole.subarray(0, whole.length - 30)],
      ['multipart/form-data', whole],
      [multipartType, ''],
    ] as const
    for (const [type, payload] of bodies) {
      const headers = { authorization, 'content-type': type }
      const response = await app.inject({ method: 'POST', url: path, headers, payload })
      expect(response.statusCode).toBe(400)
      expect(objects.visibleObjects()).toEqual([])
    }
  })

  test('a form’s users file of 512,000 bytes gets 202, and one byte more gets 413', async () => {
    const at = `[${' '.repeat(511_998)}]`
    const response = await post([connectionId, { ...users, value: `${at} ` }])
    expect([response.statusCode, response.json()]).toEqual([
      413,
      {
        statusCode: 413,
        error: 'Payload Too Large',
        message: 'Payload content length greater than maximum allowed: 512000.',
      },
    ])
    expect(objects.visibleObjects()).toEqual([])
    expect((await post([{ ...users, value: at }, connectionId])).statusCode).toBe(202)
  })

  test('a third active import gets 429, and its file is not stored', async () => {
    await post([users, connectionId])
    await post([users, connectionId])
    const response = await post([users, connectionId])
    expect([response.statusCode, response.json()]).toEqual([
      429,
      {
        statusCode: 429,
        error: 'Too Many Requests',
        message:
          'There are 2 active import users jobs, please wait until some of them are finished and try again',
        errorCode: 'too_many_requests',
      },
    ])
    expect(response.headers).toMatchObject({
      'retry-after': '1',
      'x-ratelimit-limit': '2',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': '1767225601',
    })
    expect(objects.visibleObjects()).toHaveLength(2)
  })

  test('a form gets 403 without create:users, and with preserve without the second scope', async () => {
    expect((await post([users, connectionId], { authorization: 'Bearer read:users' })).statusCode).toBe(403)
    expect((await post([users, connectionId, { name: 'preserve', value: 'true' }])).json().message).toBe(
      'Insufficient scope, expected any of: update:users_app_metadata',
    )
    expect(objects.visibleObjects()).toEqual([])
  })

  test('a form may be chunked, and a form that is far too large gets its answer too', async () => {
    await app.listen({ port: 0 })
    const { port } = app.server.address() as AddressInfo
    const send = (file: string) =>
      fetch(`http://localhost:${port}${path}`, {
        method: 'POST',
        headers: { authorization, 'content-type': multipartType },
        body: Readable.toWeb(
          Readable.from(cut(multipartBody([{ ...users, value: file }, connectionId]))),
        ) as ReadableStream,
        duplex: 'half',
      } as RequestInit)
    expect((await send('[]')).status).toBe(202)
    expect((await send(' '.repeat(5_000_000))).status).toBe(413)
    expect((await send('[]')).status).toBe(202)
  })
})

function* cut(body: Buffer): Generator<Buffer> {
  for (let at = 0; at < body.length; at += 50_000) yield body.subarray(at, at + 50_000)
}
