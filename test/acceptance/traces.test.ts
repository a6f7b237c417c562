import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { startGroup } from './group.ts'
import {
  apiOf,
  discard,
  ENGINES,
  emptyOn,
  HAS_POSTGRES,
  heldFetch,
  type Server,
  startServer,
} from './harness.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const [, EXAMPLE = ''] =
  /```js\n(\/\/ otel\.js\n.*?)```/s.exec(readFileSync(join(ROOT, 'docs/operations.md'), 'utf8')) ?? []

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const CALLER = '00f067aa0ba902b7'

interface Span {
  readonly name: string
  readonly kind: number
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly status: { readonly code: number }
}

/** An OpenTelemetry collector: what the exporter of the example sends to. */
async function startCollector() {
  let received = ''
  const spans: Span[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      received += body
      spans.push(...spansOf(JSON.parse(body)))
      response.setHeader('content-type', 'application/json').end('{}')
    })
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    received: () => received,
    stop: () => {
      server.closeAllConnections()
      return new Promise((done) => server.close(done))
    },
  }
}

interface Sent {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly scope: { name: string }; readonly spans: readonly RawSpan[] }[]
  }[]
}

type RawSpan = Omit<Span, 'attributes'> & {
  readonly attributes: readonly { key: string; value: Readonly<Record<string, unknown>> }[]
}

function spansOf({ resourceSpans }: Sent): Span[] {
  return resourceSpans
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans }) => spans)
    .map(({ attributes, ...span }) => ({
      ...span,
      attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]])),
    }))
}

describe('traces', () => {
  let folder: string
  let collector: Awaited<ReturnType<typeof startCollector>>
  let server: Server | undefined
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'muster-traces-'))
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    writeFileSync(join(folder, 'otel.js'), EXAMPLE)
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  beforeEach(async () => {
    collector = await startCollector()
  })
  afterEach(async () => {
    await discard(server)
    server = undefined
    await collector.stop()
  })

  const env = () => ({
    NODE_OPTIONS: `--import=${join(folder, 'otel.js')}`,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    // In milliseconds.
    OTEL_BSP_SCHEDULE_DELAY: '50',
  })
  const named = (name: string): Span[] => collector.spans.filter((span) => span.name === name)
  const one = async (name: string): Promise<Span> => {
    await expect.poll(() => named(name).length, { timeout: 10_000, message: name }).toBe(1)
    return named(name)[0] as Span
  }

  async function exportTraced(at: Server): Promise<string> {
    const api = await apiOf(at)
    const answer = await heldFetch(`${at.url}/api/v2/jobs/users-exports`, {
      method: 'POST',
      headers: {
        ...api.headers,
        'content-type': 'application/json',
        traceparent: `00-${TRACE}-${CALLER}-01`,
      },
      body: '{"format":"csv"}',
    })
    const { id } = (await answer.json()) as { id: string }
    await api.job(id, 'completed')
    return id
  }

  async function expectOneTrace(id: string): Promise<void> {
    const request = await one('POST /api/v2/jobs/users-exports')
    expect(request).toMatchObject({ traceId: TRACE, parentSpanId: CALLER, kind: 2, status: { code: 0 } })
    expect(request.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/api/v2/jobs/users-exports',
      'http.response.status_code': 200,
      'muster.job.id': id,
    })
    const run = await one('run users_export')
    expect(run).toMatchObject({ traceId: TRACE, parentSpanId: request.spanId, kind: 5, status: { code: 0 } })
    expect(run.attributes).toEqual({
      'muster.job.id': id,
      'muster.job.type': 'users_export',
      'muster.run.end': 'completed',
    })
    const phases = collector.spans.filter(({ parentSpanId }) => parentSpanId === run.spanId)
    const names = phases.map(({ name }) => name)
    expect(['waiting', 'opening', 'running', 'settling']).toEqual(expect.arrayContaining(names))
    expect(names).toContain('opening')
    const nanoseconds = (span: Span): number =>
      Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano))
    const sum = phases.map(nanoseconds).reduce((one, other) => one + other)
    expect(sum / nanoseconds(run)).toBeCloseTo(1, 3)
  }

  test.each(ENGINES)(
    'P31 the trace of the caller goes on in the request, in the run of its job and in the phases of the run, on %s',
    async (engine) => {
      server = await startServer({ ...(await emptyOn(engine)), env: env() })
      await expectOneTrace(await exportTraced(server))
    },
  )

  test.skipIf(!HAS_POSTGRES || 'missing' in inject('s3'))(
    'P31 the run of a job in another process belongs to the trace of the request',
    async () => {
      server = await startGroup({ apis: 1, workers: 1 }, { env: env() })
      await expectOneTrace(await exportTraced(server))
    },
  )

  test('P31 a trace holds no user data, and a failed run is marked', async () => {
    server = await startServer({ env: env() })
    const api = await apiOf(server)
    const made = await api.post('users', {
      connection: 'Username-Password-Authentication',
      email: 'ada@example.com',
      password: 'a-Long-passw0rd',
    })
    const { user_id: userId } = (await made.json()) as { user_id: string }
    await api.get(`users/${encodeURIComponent(userId)}`)
    await api.get('users-by-email?email=ada@example.com')
    await api.get('none/ada@example.com?email=ada@example.com')
    const mail = await api.post('jobs/verification-email', { user_id: userId })
    await api.job(((await mail.json()) as { id: string }).id, 'failed')
    expect((await one('run verification_email')).status).toEqual({ code: 2 })
    expect((await one('GET')).attributes).toEqual({
      'http.request.method': 'GET',
      'http.response.status_code': 404,
    })
    expect((await one('GET /api/v2/users/:id')).attributes).toMatchObject({
      'http.response.status_code': 200,
    })
    expect(collector.received()).not.toMatch(/ada@|ada%40|auth0\||auth0%7C|passw0rd/)
  })
})
