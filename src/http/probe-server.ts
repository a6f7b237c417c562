import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { envelope, failureOf } from './render-failure.ts'

export interface ProbeServerDeps {
  /** Rejects if the process is not ready, or is stopping. */
  readonly ready: () => Promise<unknown>
  readonly metrics: () => Promise<{ readonly type: string; readonly text: string }>
}

export interface ProbeServer {
  readonly url: string
  stop(): Promise<void>
}

const CONNECTIONS_MAX = 64
const REQUEST_MS = 10_000

/**
 * For the operator's monitoring. A separate port keeps metrics away from clients, and a process without an API has the
 * port too. It works without Fastify, because such a process does not load Fastify.
 */
export async function startProbeServer(
  { host, port }: { readonly host: string; readonly port: number },
  deps: ProbeServerDeps,
): Promise<ProbeServer> {
  const server = createServer(
    { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS },
    (request, reply) => {
      const isRead = request.method === 'GET' || request.method === 'HEAD'
      const [path = ''] = (request.url ?? '').split('?')
      void answer(isRead ? path : '', deps).then((written) => send(reply, written))
    },
  )
  server.maxConnections = CONNECTIONS_MAX
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const { address, family, port: taken } = server.address() as AddressInfo
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface Written {
  readonly status: number
  readonly type: string
  readonly text: string
}

async function answer(path: string, { ready, metrics }: ProbeServerDeps): Promise<Written> {
  try {
    if (path === '/metrics') return { status: 200, ...(await metrics()) }
    if (path === '/health/ready') await ready()
    else if (path !== '/health/live') return json(404, { statusCode: 404, error: 'Not Found' })
    return json(200, { status: 'ok' })
  } catch (error) {
    const failure = failureOf(error)
    return json(failure.status, envelope(failure))
  }
}

function json(status: number, body: object): Written {
  return { status, type: 'application/json', text: JSON.stringify(body) }
}

function send(reply: ServerResponse, { status, type, text }: Written): void {
  reply.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text)
}
