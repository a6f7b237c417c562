import { readFileSync } from 'node:fs'
import {
  type ClientRequest,
  Agent as HttpAgent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as overHttp,
} from 'node:http'
import { Agent as HttpsAgent, request as overHttps } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { rootCertificates } from 'node:tls'
import { Failure } from '../domain/failure.ts'
import { unreachable } from './unreachable.ts'

export interface Sent {
  readonly method: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | Readable
  readonly signal?: AbortSignal
}

/** The caller reads the body to its end or destroys it. Otherwise the connection stays busy. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: IncomingMessage
}

export interface Transport {
  /** Follows no redirect: a file lies at its link itself. Fails with `server_unreachable` or `certificate_untrusted`. */
  send(sent: Sent): Promise<Answer>
  close(): void
}

// The event stream of a job has a comment every 15 s, and a request's first byte comes sooner than a minute.
const SILENCE_MS_MAX = 60_000

// Node's own requests, not fetch: fetch takes no certificate authority on Node 20, and its web streams cost more CPU
// for each byte of a file.
export function newTransport(caFile?: string): Transport {
  const agents = {
    'http:': new HttpAgent({ keepAlive: true }),
    'https:': new HttpsAgent({ keepAlive: true, ...trusted(caFile) }),
  }
  return {
    send: (sent) => send(sent, agents),
    close: () => {
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
}

function trusted(caFile: string | undefined): { ca?: string[] } {
  if (caFile === undefined) return {}
  try {
    return { ca: [...rootCertificates, readFileSync(caFile, 'utf8')] }
  } catch (cause) {
    throw new Failure('usage_invalid', `The CA file ${caFile} cannot be read: ${String(cause)}`, { cause })
  }
}

function send(sent: Sent, agents: { 'http:': HttpAgent; 'https:': HttpsAgent }): Promise<Answer> {
  const url = new URL(sent.url)
  const isTls = url.protocol === 'https:'
  const { method, headers = {}, signal, body } = sent
  const options = { method, headers, timeout: SILENCE_MS_MAX, ...(signal === undefined ? {} : { signal }) }
  return new Promise((resolve, reject) => {
    const request = isTls
      ? overHttps(url, { ...options, agent: agents['https:'] })
      : overHttp(url, { ...options, agent: agents['http:'] })
    const fail = (error: unknown): void => reject(signal?.aborted ? signal.reason : unreachable(url, error))
    // The request may fail again while the caller reads the body. Unheard, that error would end the process.
    request.on('error', fail)
    request.once('timeout', () =>
      request.destroy(new Error(`nothing came for ${SILENCE_MS_MAX / 1000} seconds`)),
    )
    request.once('response', (response) =>
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: response }),
    )
    if (!(body instanceof Readable)) request.end(body)
    // A body that fails must not look like one that has ended. A server that refuses may close before it has read the
    // whole body: then the answer counts.
    else if (headers['expect'] === undefined) pipeline(body, request).catch(fail)
    else sendWhenAsked(request, body, fail)
  })
}

// Some proxies never ask for the body, so it is sent after this time. curl waits as long.
const ASKED_MS_MAX = 1000

/** `Expect: 100-continue` (RFC 9110, 10.1.1): a request that is refused does not send its body at all. */
function sendWhenAsked(request: ClientRequest, body: Readable, fail: (error: unknown) => void): void {
  const begin = (): void => {
    stop()
    pipeline(body, request).catch(fail)
  }
  const stop = (): void => {
    clearTimeout(late)
    request.off('continue', begin).off('response', refused).off('error', stop)
  }
  const refused = (response: IncomingMessage): void => {
    stop()
    body.destroy()
    // The connection waits for a body that does not come, so it serves no other request.
    response.once('close', () => request.destroy())
  }
  const late = setTimeout(begin, ASKED_MS_MAX)
  request.on('continue', begin).on('response', refused).on('error', stop)
}
