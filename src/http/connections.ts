import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http'
import { createServer as createTlsServer, type ServerOptions as TlsOptions } from 'node:https'
import type { Socket } from 'node:net'
import { addressGroup } from '../domain/address.ts'
import type { ConnectionLimits } from '../domain/connection-limits.ts'

export type CutReason =
  | 'too many connections'
  | 'too many connections of one address'
  | 'too many requests without an answer'
  | 'nothing is taken'
  | 'an unread body does not end'

export interface ConnectionOptions {
  readonly limits: ConnectionLimits
  readonly tls?: Pick<TlsOptions, 'cert' | 'key'>
  readonly host?: string
  readonly onCut: (reason: CutReason, address: string) => void
}

// Many proxies keep idle connections for 60 s. If the server closed one earlier, a request on its way would fail.
const KEEP_ALIVE_MILLISECONDS = 72_000
const CHECK_MILLISECONDS_MAX = 5000

/** The two servers of `localhost` must share the limits, or it would let in twice as many clients. */
export function newServerFactory(options: ConnectionOptions): (listener: RequestListener) => Server {
  const { limits, tls } = options
  const cut = (socket: Socket, reason: CutReason): void => {
    options.onCut(reason, socket.remoteAddress ?? '')
    socket.destroy()
  }
  const admit = newAdmission(limits, cut)
  const milliseconds = limits.requestSeconds * 1000
  const serverOptions: ServerOptions = {
    headersTimeout: milliseconds,
    // Node's limit would break off a users file, which may take hours. body-pace.ts limits the time of bodies.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(CHECK_MILLISECONDS_MAX, milliseconds / 4),
    keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
  }
  const create = (listener: RequestListener): Server => {
    const isListening = (): boolean => server.listening
    const turns = newTurns(listener, { unansweredMax: limits.unansweredMax, cut, isListening })
    const server =
      tls === undefined
        ? createServer(serverOptions, turns.take)
        : createTlsServer({ ...serverOptions, ...tls, handshakeTimeout: milliseconds }, turns.take)
    server.on('connection', admit)
    server.on(tls === undefined ? 'connection' : 'secureConnection', parseInSlices)
    server.timeout = limits.silenceSeconds * 1000
    server.on('timeout', (socket) => {
      // While a route works, an idle socket is normal. But bytes that the client does not read fill our memory.
      if (socket.writableLength > 0) cut(socket, 'nothing is taken')
      else if (!turns.isBusy(socket)) socket.destroy()
    })
    return server
  }
  return (listener) => {
    const server = create(listener)
    if (options.host === 'localhost') server.once('listening', () => listenBeside(server, create(listener)))
    return server
  }
}

// `localhost` has an IPv4 and an IPv6 address, and a server listens on one of them. A client may try only the other
// one, so a second server listens there if the machine has that address.
function listenBeside(server: Server, beside: Server): void {
  const address = server.address()
  if (typeof address !== 'object' || address === null) return
  const other = address.family === 'IPv6' ? '127.0.0.1' : '::1'
  beside.on('error', () => undefined)
  beside.listen(address.port, other)
  server.once('close', () => beside.close())
}

const SLICE_BYTES = 512
const BLANK_LINES_MAX = 16

/**
 * For a 64 KB chunk with 1,500 requests Node's parser creates all of them first, which blocks the event loop for 30 ms.
 * In slices it stops when the connection is cut.
 */
function parseInSlices(socket: Socket): void {
  const [parse] = socket.listeners('data')
  if (parse === undefined) return
  socket.removeListener('data', parse as (chunk: Buffer) => void)
  socket.on('data', (chunk: Buffer) => {
    const step = hasManyBlankLines(chunk) ? SLICE_BYTES : chunk.length
    for (let at = 0; at < chunk.length && !socket.destroyed; at += step)
      parse.call(socket, chunk.subarray(at, at + step))
  })
}

// A blank line ends the header section of a request, so many blank lines mean many requests.
function hasManyBlankLines(chunk: Buffer): boolean {
  return ['\r\n\r\n', '\n\n'].some((line) => {
    let left = BLANK_LINES_MAX
    for (let at = chunk.indexOf(line); at !== -1 && left > 0; at = chunk.indexOf(line, at + 1)) left--
    return left === 0
  })
}

type Cut = (socket: Socket, reason: CutReason) => void

function newAdmission(limits: ConnectionLimits, cut: Cut): (socket: Socket) => void {
  const counts = new Map<string, number>()
  let all = 0
  return (socket) => {
    const address = addressGroup(socket.remoteAddress ?? '')
    const ofAddress = (counts.get(address) ?? 0) + 1
    counts.set(address, ofAddress)
    all++
    socket.once('close', () => {
      all--
      const left = (counts.get(address) ?? 1) - 1
      if (left === 0) counts.delete(address)
      else counts.set(address, left)
    })
    if (all > limits.connectionsMax) cut(socket, 'too many connections')
    else if (ofAddress > limits.connectionsPerAddressMax) cut(socket, 'too many connections of one address')
  }
}

interface TurnOptions {
  readonly unansweredMax: number
  readonly cut: Cut
  readonly isListening: () => boolean
}

interface Exchange {
  readonly request: IncomingMessage
  readonly reply: ServerResponse
}

/**
 * Lets a connection have one request at a time. Node would start all requests of a connection at once and keep their
 * answers in memory until the client reads them.
 */
function newTurns(listener: RequestListener, { unansweredMax, cut, isListening }: TurnOptions) {
  // While a socket has an entry, one of its requests is being answered. The list holds those that wait.
  const waiting = new WeakMap<Socket, Exchange[]>()
  const begin = ({ request, reply }: Exchange): void => {
    const { socket } = request
    reply.once('close', () => {
      if (!request.complete && !socket.destroyed) boundRest({ request, socket }, { cut, isListening })
      const next = socket.destroyed ? undefined : waiting.get(socket)?.shift()
      if (next === undefined) waiting.delete(socket)
      else begin(next)
    })
    listener(request, reply)
  }
  return {
    isBusy: (socket: Socket): boolean => waiting.has(socket),
    take: (request: IncomingMessage, reply: ServerResponse): void => {
      const { socket } = request
      const queue = waiting.get(socket)
      if (queue === undefined) {
        waiting.set(socket, [])
        // Begin after the whole chunk is parsed, so that a connection with too many requests gets no answer at all.
        queueMicrotask(() => {
          if (!socket.destroyed) begin({ request, reply })
        })
      } else if (queue.length + 1 < unansweredMax) queue.push({ request, reply })
      else if (!socket.destroyed) cut(socket, 'too many requests without an answer')
    },
  }
}

// Most clients read the answer only after they have sent the whole body. If we cut the connection earlier, they never
// see the refusal. So the rest of a body may come, within these bounds.
const REST_BYTES_MAX = 64 * 1024 * 1024
const REST_MILLISECONDS_MAX = 30_000
const REST_CHECK_MILLISECONDS = 250

/** After the answer Node reads and discards the rest of the request body without a limit, even if it is endless. */
function boundRest(
  { request, socket }: BodyRest,
  { cut, isListening }: Omit<TurnOptions, 'unansweredMax'>,
): void {
  const bytesBefore = socket.bytesRead
  let left = REST_MILLISECONDS_MAX / REST_CHECK_MILLISECONDS
  const check = setInterval(() => {
    left--
    if (!request.complete && left > 0 && socket.bytesRead - bytesBefore < REST_BYTES_MAX) return
    clearInterval(check)
    if (!request.complete) cut(socket, 'an unread body does not end')
    // The server is stopping. It closed only idle connections, and this one was not idle, so it would hold up the stop.
    else if (!isListening()) socket.destroy()
  }, REST_CHECK_MILLISECONDS).unref()
  socket.once('close', () => clearInterval(check))
}

interface BodyRest {
  readonly request: IncomingMessage
  readonly socket: Socket
}
