import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newConnectionId } from '../../src/domain/ids.ts'
import { addRoutes } from '../../src/http/add-routes.ts'
import { postUsersImports } from '../../src/http/routes/post-users-imports.ts'
import { buildHttpServer } from '../../src/http/server.ts'
import type { JobStore } from '../../src/jobs/job-store.ts'
import type { ObjectStore } from '../../src/objects/object-store.ts'
import { pgConnectionStore } from '../../src/users/pg-connection-store.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'
import { memoryJobStore } from '../fixtures/memory-job-store.ts'
import { type MemoryObjectStore, memoryObjectStore } from '../fixtures/memory-object-store.ts'
import { openTokens } from '../fixtures/open-tokens.ts'

const BYTES_MAX = 100_000

describe.each(ENGINES)('POST users-imports with the file as the body, on $name', (engine) => {
  const id = newConnectionId()
  const social = newConnectionId()
  let opened: TestDatabase
  let app: FastifyInstance
  let jobs: JobStore
  let objects: MemoryObjectStore
  let puts: Promise<unknown>[]

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
    puts = []
    const watched: ObjectStore = {
      ...objects,
      put: (...given) => {
        const put = objects.put(...given)
        puts.push(put.catch((error: unknown) => error))
        return put
      },
    }
    const clock = fixedClock('2026-01-01T00:00:00Z')
    const deps = {
      jobs,
      objects: watched,
      connections: pgConnectionStore(opened.database),
      clock,
      tokens: openTokens,
      wake: () => undefined,
      importBytesMax: BYTES_MAX,
    }
    app = await buildHttpServer({
      log: pino({ enabled: false }),
      routes: [(to) => addRoutes(to, [postUsersImports], deps)],
    })
    await app.listen({ port: 0 })
  })

  interface Sending {
    readonly query?: Record<string, string>
    readonly headers?: Record<string, string>
  }

  /** A request whose body is left to be sent: who writes and ends it is the test. */
  function open({ query, headers }: Sending = {}): ClientRequest {
    const { port } = app.server.address() as AddressInfo
    const parameters = new URLSearchParams({ connection_id: id, ...query })
    const sending = request({
      port,
      method: 'POST',
      path: `/api/v2/jobs/users-imports?${parameters}`,
      headers: {
        authorization: 'Bearer create:users',
        'content-type': 'application/x-ndjson',
        ...headers,
      },
    })
    sending.flushHeaders()
    return sending
  }

  async function answerOf(sending: ClientRequest) {
    const [response] = (await once(sending, 'response')) as [IncomingMessage]
    return { status: response.statusCode, headers: response.headers, body: JSON.parse(await text(response)) }
  }

  function send(body: string | Uint8Array, sending: Sending = {}) {
    const sent = open(sending)
    sent.end(body)
    return answerOf(sent)
  }

  /** Resolves when so many files are being received. */
  async function putsAre(count: number): Promise<void> {
    while (puts.length < count) await new Promise(setImmediate)
  }

  async function storedOf(jobId: string): Promise<Buffer> {
    const object = await objects.open(`jobs/${jobId}/import/users`)
    const chunks: Uint8Array[] = []
    if (object !== undefined) for await (const chunk of object.read(0, object.bytes - 1)) chunks.push(chunk)
    return Buffer.concat(chunks)
  }

  test.each([
    ['application/x-ndjson', {}, 'ndjson'],
    ['application/ndjson; charset=UTF-8', {}, 'ndjson'],
    ['Application/JSONL', {}, 'ndjson'],
    ['application/json', {}, 'json'],
    ['application/json; charset="utf-8"', { format: 'json' }, 'json'],
    ['text/csv; header=present', {}, 'csv'],
    ['application/gzip', { format: 'csv' }, 'csv'],
    ['application/x-gzip', { format: 'ndjson' }, 'ndjson'],
  ])(
    'a stream gets 202 for %s %j, and its bytes are stored as they were sent',
    async (type, query, format) => {
      const bytes = gzipSync('{"email":"a@x.io"}\n')
      const { status, body } = await send(bytes, { query, headers: { 'content-type': type } })
      expect([status, body]).toEqual([
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
      expect(await storedOf(body.id)).toEqual(bytes)
      expect(await jobs.find(body.id)).toMatchObject({
        request: { by: 'stream', format, upsert: 'no', preserve: false, dryRun: false },
      })
    },
  )

  test('a stream may come in chunks without a length, and encoded with gzip', async () => {
    const sending = open({ headers: { 'content-encoding': 'gzip' } })
    const bytes = gzipSync('{"email":"a@x.io"}\n')
    for (const byte of bytes) sending.write(Buffer.of(byte))
    sending.end()
    const { status, body } = await answerOf(sending)
    expect([status, await storedOf(body.id)]).toEqual([202, bytes])
  })

  test('an import job stores all parameters of its stream and shows those that only Muster has', async () => {
    const query = { upsert: 'merge', preserve: 'true', dry_run: 'true', external_id: 'mine' }
    const csv = { guard: 'none', delimiter: '\t', columns: '["email","user_metadata.a,b"]' }
    const { body } = await send('x', {
      query: { ...query, ...csv, send_completion_email: 'false' },
      headers: {
        'content-type': 'text/csv',
        authorization: 'Bearer create:users update:users_app_metadata',
      },
    })
    expect(body).toMatchObject({ upsert: 'merge', preserve: true, dry_run: true, external_id: 'mine' })
    expect(await jobs.find(body.id)).toMatchObject({
      request: {
        csv: { guard: 'none', delimiter: '\t', columns: ['email', 'user_metadata.a,b'] },
        upsert: 'merge',
        preserve: true,
        dryRun: true,
      },
    })
    const { body: plain } = await send('x', { query: { upsert: 'true' } })
    expect(plain).toMatchObject({ upsert: 'overwrite' })
  })

  // Not a byte of the body is sent: who gets an answer has got it before.
  const large = { 'content-length': '5000000000' }
  const query = (problem: string) => `Query validation error: ${problem}.`
  test.each<[number, string, Sending]>([
    [
      400,
      query(
        "'String does not match pattern ^con_[A-Za-z0-9]{16}$: x' on property connection_id (connection_id of the connection to which users will be imported)",
      ),
      { query: { connection_id: 'x' } },
    ],
    [400, 'The connection does not exist.', { query: { connection_id: newConnectionId() } }],
    [400, 'Connection must be a database connection', { query: { connection_id: social } }],
    [400, query("'Additional properties not allowed: dryrun'"), { query: { dryrun: 'true' } }],
    [
      400,
      query(
        "'No enum match for: yes' on property upsert (What happens to users whose email is already stored: false, true or overwrite, merge)",
      ),
      { query: { upsert: 'yes' } },
    ],
    [
      400,
      query(
        "'Expected type boolean but found type string' on property dry_run (Check the whole file and store no user)",
      ),
      { query: { dry_run: '1' } },
    ],
    [400, query("'Only for CSV' on property guard"), { query: { guard: 'none' } }],
    [400, query("'Content-Type says ndjson' on property format"), { query: { format: 'csv' } }],
    [400, query("'Missing required property: format'"), { headers: { 'content-type': 'application/gzip' } }],
    [
      400,
      query("'Expected a JSON array of texts, or texts with commas between them' on property columns"),
      { query: { columns: '["email"' }, headers: { 'content-type': 'text/csv' } },
    ],
    [
      403,
      'Insufficient scope, expected any of: create:users',
      { headers: { authorization: 'Bearer read:users' } },
    ],
    [403, 'Insufficient scope, expected any of: update:users_app_metadata', { query: { preserve: 'true' } }],
    [413, 'Payload content length greater than maximum allowed: 100000.', {}],
    [
      413,
      'Payload content length greater than maximum allowed: 512000.',
      { headers: { 'content-type': 'multipart/form-data; boundary=x' } },
    ],
    [
      415,
      'Unsupported Media Type: expected charset=utf-8',
      { headers: { 'content-type': 'text/csv; charset=iso-8859-1' } },
    ],
    [
      415,
      'Unsupported Media Type: expected Content-Encoding: gzip, or none',
      { headers: { 'content-encoding': 'br' } },
    ],
    [
      415,
      'Unsupported Media Type: expected one of multipart/form-data, application/x-ndjson, application/ndjson, application/jsonl, application/json, text/csv, application/gzip, application/x-gzip',
      { headers: { 'content-type': 'application/xml' } },
    ],
  ])('the server answers %i before reading the body: %s', async (status, message, sending) => {
    const sent = open({ ...sending, headers: { ...large, ...sending.headers } })
    const answer = await answerOf(sent)
    sent.destroy()
    expect([answer.status, answer.body.message]).toEqual([status, message])
    expect(objects.visibleObjects()).toEqual([])
  })

  test('a stream with preserve may go to a connection of another strategy', async () => {
    const authorization = 'Bearer create:users update:users_app_metadata'
    const sending = { query: { connection_id: social, preserve: 'true' }, headers: { authorization } }
    expect((await send('x', sending)).status).toBe(202)
  })

  test('a third import gets 429 while two files are being received, and not after they are refused', async () => {
    const [first, second] = [open(), open()]
    first.write('x')
    second.write('x')
    await putsAre(2)
    expect((await send('x')).status).toBe(429)
    first.end('x'.repeat(BYTES_MAX))
    expect((await answerOf(first)).status).toBe(413)
    expect((await send('x')).status).toBe(202)
    second.end()
    expect((await answerOf(second)).status).toBe(202)
    expect((await send('x')).status).toBe(429)
  })

  test('a file whose upload was dropped during the stream gets 503 and is not kept', async () => {
    const sending = open()
    sending.write('x')
    await putsAre(1)
    await jobs.dropUploads(new Date('2026-01-01T00:00:15Z'), 15)
    sending.end()
    const { status, body } = await answerOf(sending)
    expect([status, body.errorCode]).toEqual([503, 'database_unavailable'])
    expect(objects.visibleObjects()).toEqual([])
    expect(await jobs.claim(new Date('2026-01-01T00:00:15Z'), 15)).toBeUndefined()
  })

  test('a client that disconnects during a stream leaves no file and frees its place', async () => {
    for (const _ of [1, 2, 3]) {
      const sending = open({ headers: { 'content-length': '50000' } })
      sending.on('error', () => undefined)
      sending.write('x'.repeat(10_000))
      await putsAre(1)
      sending.destroy()
      expect(await puts.shift()).toMatchObject({ code: 'body_invalid' })
    }
    expect(objects.visibleObjects()).toEqual([])
    expect((await send('x')).status).toBe(202)
  })

  test('an empty stream gets 400, with and without a length', async () => {
    const chunked = open()
    chunked.end()
    for (const { status, body } of [await answerOf(chunked), await send('')]) {
      expect([status, body.message]).toEqual([400, 'Users file must not be empty.'])
    }
    expect(objects.visibleObjects()).toEqual([])
  })

  test('a stream that turns out too large gets 413, even if its client reads only after sending all', async () => {
    const body = Buffer.alloc(20_000_000, 'x')
    const sending = open()
    sending.write(body)
    const answered = answerOf(sending)
    await new Promise<void>((resolve) => sending.end(body, resolve))
    expect((await answered).status).toBe(413)
    expect(objects.visibleObjects()).toEqual([])
    expect((await send('x')).status).toBe(202)
  })
})
