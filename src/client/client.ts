import type { Readable } from 'node:stream'
import { Failure } from '../domain/failure.ts'
import { readJson } from '../domain/read-json.ts'
import { refusalOf, textOf } from './refusal.ts'
import { type Pace, secondsToNext, systemPace } from './retry.ts'
import type { Target } from './target.ts'
import { newTokens } from './tokens.ts'
import { type Answer, newTransport, type Transport } from './transport.ts'

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below `/api/v2/`, without a slash at the beginning. */
  readonly path: string
  /** A member that is undefined is left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly json?: unknown
  /** Called at each try, because a stream can be sent only once. */
  readonly body?: () => RequestBody
  readonly headers?: Readonly<Record<string, string>>
  /** Seconds to wait in all while the server answers 429. Ten minutes without it. */
  readonly busySeconds?: number
  readonly signal?: AbortSignal | undefined
}

export interface RequestBody {
  /** The value of `Content-Type`. */
  readonly type: string
  readonly bytes: Uint8Array | Readable
}

export interface Client {
  readonly target: Target
  readonly pace: Pace
  /**
   * The parsed body of a successful answer; undefined if the answer has none. A number that JavaScript would change is
   * an ExactNumber. Fails with `server_refused` (4xx; the members `status` and `errorCode` say which), `server_failed`,
   * `server_unreachable`, `certificate_untrusted` or `server_unexpected`.
   */
  json<T>(request: ApiRequest): Promise<T>
  /** For callers that send requests in another way, as the benchmark does. */
  token(signal?: AbortSignal): Promise<string>
  /** Resolves with a successful answer. The caller reads its body, or the connection stays busy. */
  open(request: ApiRequest): Promise<Answer>
  /** Resolves with any status. Sends no token, because a link needs none. */
  link(url: string, headers: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<Answer>
  close(): void
}

export interface ClientDeps {
  readonly pace?: Pace
  /** Called with one sentence whenever the client waits before it sends a request again. */
  readonly onWait?: (sentence: string) => void
}

const TRIES_MAX = 4
const BUSY_SECONDS = 600

export function newClient(
  target: Target,
  { pace = systemPace, onWait = () => undefined }: ClientDeps = {},
): Client {
  const transport = newTransport(target.caFile)
  const tokens = newTokens(target, transport, pace)
  const sending: Sending = { target, transport, tokens, pace, onWait, hasAnswered: false }
  const open = (request: ApiRequest): Promise<Answer> => tried(request, sending)
  return {
    target,
    pace,
    open,
    token: (signal) => tokens.token(signal),
    json: async <T>(request: ApiRequest): Promise<T> => parsed<T>(await open(request), request, target),
    link: (url, headers, signal) =>
      transport.send({ method: 'GET', url, headers, ...(signal === undefined ? {} : { signal }) }),
    close: () => transport.close(),
  }
}

interface Sending {
  readonly target: Target
  readonly transport: Transport
  readonly tokens: ReturnType<typeof newTokens>
  readonly pace: Pace
  readonly onWait: (sentence: string) => void
  /** A server that has answered may be starting again. One that never has is more probably a wrong address. */
  hasAnswered: boolean
}

async function tried(request: ApiRequest, sending: Sending): Promise<Answer> {
  const { pace, onWait, tokens } = sending
  let busySeconds = request.busySeconds ?? BUSY_SECONDS
  // Counted apart from a server that is busy: a request that waited for hours may then meet a server that restarts.
  let failures = 0
  let hasNewToken = false
  for (let tries = 1; ; tries++) {
    const answer = await sent(request, sending).catch((error: unknown) => {
      // The server has no token to give just now.
      if (isBusy(error) && busySeconds > 0) return error
      failures++
      const goesOn = sending.hasAnswered && failures < TRIES_MAX && mayRepeat(request)
      if (!goesOn || !isUnanswered(error)) throw error
      return error
    })
    if (answer instanceof Failure) {
      onWait(`${answer.message} Trying again.`)
      const seconds = secondsToNext({}, isBusy(answer) ? tries : failures, pace.clock)
      if (isBusy(answer)) busySeconds -= seconds
      await pace.wait(seconds, request.signal)
      continue
    }
    sending.hasAnswered = true
    if (answer.status < 300) return answer
    const { status, headers } = answer
    const seconds = secondsToNext(headers, tries, pace.clock)
    const failure = await refusalOf(answer, nameOf(request), sending.target.url)
    if (status === 401 && !hasNewToken && tokens.forget()) {
      hasNewToken = true
      continue
    }
    if (status === 429) busySeconds -= seconds
    else failures++
    const goesOn =
      status === 429 ? busySeconds > 0 : failures < TRIES_MAX && isTemporary(status) && mayRepeat(request)
    if (!goesOn) throw failure
    onWait(`${failure.message} Trying again in ${Math.ceil(seconds)} s.`)
    await pace.wait(seconds, request.signal)
  }
}

async function sent(request: ApiRequest, sending: Sending): Promise<Answer> {
  const { target, transport, tokens } = sending
  const { method = 'GET', path, query = {}, json, headers = {}, signal } = request
  const url = new URL(`${target.url}/api/v2/${path}`)
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value))
  }
  const authorization = `Bearer ${await tokens.token(signal)}`
  // The token of a client comes from this server, so the server has answered.
  sending.hasAnswered ||= target.credentials.kind === 'client'
  const given: RequestBody | undefined =
    json === undefined
      ? request.body?.()
      : { type: 'application/json', bytes: Buffer.from(JSON.stringify(json)) }
  return transport.send({
    method,
    url: url.href,
    headers: {
      ...headers,
      authorization,
      ...(given === undefined ? {} : { 'content-type': given.type }),
      ...(given?.bytes instanceof Uint8Array ? { 'content-length': String(given.bytes.length) } : {}),
    },
    ...(given === undefined ? {} : { body: given.bytes }),
    ...(signal === undefined ? {} : { signal }),
  })
}

async function parsed<T>(answer: Answer, request: ApiRequest, { url }: Target): Promise<T> {
  const text = await textOf(answer)
  if (text === '') return undefined as T
  try {
    return readJson(text) as T
  } catch (cause) {
    throw new Failure(
      'server_unexpected',
      `${nameOf(request)}: ${url} answered with something else than JSON. Look at --url or --domain: give the address without a path.`,
      { cause },
    )
  }
}

function nameOf({ method = 'GET', path }: ApiRequest): string {
  return `${method} /api/v2/${path}`
}

function isUnanswered(error: unknown): error is Failure {
  return error instanceof Failure && error.code === 'server_unreachable'
}

function isBusy(error: unknown): error is Failure {
  return error instanceof Failure && error.members['status'] === 429
}

function isTemporary(status: number): boolean {
  return status === 408 || status >= 500
}

/** A lost POST may have made a job. With an idempotency key the server makes no second one. */
function mayRepeat({ method = 'GET', headers = {} }: ApiRequest): boolean {
  return method !== 'POST' || 'idempotency-key' in headers
}
