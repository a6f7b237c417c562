import { connect, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { Readable } from 'node:stream'
import multipart from '@fastify/multipart'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterEach, describe, expect, test } from 'vitest'
import { type ConnectionLimits, DEFAULT_CONNECTION_LIMITS } from '../../src/domain/connection-limits.ts'
import { Failure } from '../../src/domain/failure.ts'
import { addRoutes } from '../../src/http/add-routes.ts'
import { readImportForm } from '../../src/http/import-form.ts'
import { getOpenapi } from '../../src/http/routes/get-openapi.ts'
import { buildHttpServer } from '../../src/http/server.ts'
import { letPass, uploaded } from '../../src/http/upload.ts'
import { openTokens } from '../fixtures/open-tokens.ts'

let app: FastifyInstance | undefined
let sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets = []
  app?.server.closeAllConnections()
  await app?.close()
})

const MiB = 1024 * 1024
const DOCUMENT = Buffer.alloc(MiB, 'x')
/** What the routes below have seen and done. */
const seen = { asked: 0, atOnce: 0, atOnceMax: 0 }

function routes(to: FastifyInstance): void {
  to.get('/slow', async () => {
    seen.asked++
    seen.atOnce++
    seen.atOnceMax = Math.max(seen.atOnceMax, seen.atOnce)
    await new Promise((resolve) => setImmediate(resolve))
    seen.atOnce--
    return {}
  })
  to.post('/echo', async (request) => request.body)
  const onRequest = async (): Promise<never> => {
    throw new Failure('authentication_missing', 'Missing authentication')
  }
  to.post('/refused', { onRequest }, async () => ({}))
  to.get('/large', async (_request, reply) =>
    reply.send(
      Readable.from(
        Array.from({ length: 32 }, () => Buffer.alloc(MiB)),
        { objectMode: false },
      ),
    ),
  )
  to.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', async (_request: unknown, body: unknown) => body)
    scope.post('/upload', { config: { isUpload: true } }, async (request) => {
      let bytes = 0
      for await (const chunk of uploaded(request.raw, 1_000_000_000)) bytes += chunk.length
      return { bytes }
    })
    done()
  })
}

async function listening(limits: Partial<ConnectionLimits>, register = routes): Promise<number> {
  app = await buildHttpServer({
    log: pino({ enabled: false }),
    limits: { ...DEFAULT_CONNECTION_LIMITS, ...limits },
    routes: [register],
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

interface Talk {
  readonly socket: Socket
  readonly heard: () => string
  /** Resolves when the server has closed the connection. */
  readonly closed: Promise<void>
}

async function talk(port: number): Promise<Talk> {
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  let heard = ''
  socket.on('data', (chunk) => {
    heard += chunk.toString('latin1')
  })
  socket.on('error', () => undefined)
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  return { socket, heard: () => heard, closed }
}

/** Sends a body in chunks until the connection is closed; returns how many bytes went. */
function sentForEver(socket: Socket): Promise<number> {
  const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`
  let sent = 0
  return new Promise((resolve) => {
    socket.once('close', () => resolve(sent))
    const send = (): void => {
      if (socket.destroyed) return
      sent += chunk.length
      if (socket.write(chunk)) setImmediate(send)
      else socket.once('drain', send)
    }
    send()
  })
}

const answersIn = (text: string): number => text.split('HTTP/1.1 200').length - 1

describe('pipelined requests', () => {
  test('pipelined requests are answered one after another, in their order', async () => {
    const port = await listening({})
    Object.assign(seen, { asked: 0, atOnceMax: 0 })
    const { socket, heard, closed } = await talk(port)
    socket.write('GET /slow HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(15))
    socket.write('GET /slow HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
    await closed
    expect(answersIn(heard())).toBe(16)
    expect(seen).toMatchObject({ asked: 16, atOnceMax: 1 })
  })

  test('a connection with thousands of pipelined requests is cut before they take memory', async () => {
    const port = await listening({ unansweredMax: 4 }, (to) =>
      addRoutes(to, [getOpenapi], { openapi: () => DOCUMENT, tokens: openTokens }),
    )
    const before = process.memoryUsage()
    const talks = await Promise.all(Array.from({ length: 16 }, () => talk(port)))
    for (const { socket } of talks) {
      socket.pause()
      socket.write('GET /openapi.json HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(2000))
    }
    await Promise.all(
      talks.map(({ socket, closed }) => {
        // A paused socket does not hear of the end.
        setImmediate(() => socket.resume())
        return closed
      }),
    )
    const { arrayBuffers, external } = process.memoryUsage()
    expect(Math.max(arrayBuffers - before.arrayBuffers, external - before.external)).toBeLessThan(64 * MiB)
  })
})

describe('a connection to the server', () => {
  test('a connection that sends nothing, or half a head, is cut', async () => {
    const port = await listening({ requestSeconds: 1 })
    const [silent, half] = [await talk(port), await talk(port)]
    half.socket.write('GET /slow HTTP/1.1\r\nhost:')
    await Promise.all([silent.closed, half.closed])
  })

  test('a connection whose client does not read the answer is cut, and one whose client reads slowly is not', {
    timeout: 30_000,
  }, async () => {
    const port = await listening({ silenceSeconds: 1 })
    const [stalled, slow] = [await talk(port), await talk(port)]
    let taken = 0
    slow.socket.on('data', (chunk) => {
      taken += chunk.length
      slow.socket.pause()
      setTimeout(() => slow.socket.resume(), 3)
    })
    stalled.socket.write('GET /large HTTP/1.1\r\nhost: a\r\n\r\n')
    await new Promise<void>((resolve) => stalled.socket.once('data', () => resolve()))
    stalled.socket.pause()
    const cut = new Promise<void>((resolve) => {
      const served = app?.server.listeners('timeout')
      expect(served).toHaveLength(1)
      app?.server.once('timeout', () => resolve())
    })
    slow.socket.write('GET /large HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
    await Promise.all([cut, slow.closed])
    expect(taken).toBeGreaterThan(32 * MiB)
    stalled.socket.resume()
    await stalled.closed
    expect(stalled.heard().length).toBeLessThan(32 * MiB)
  })

  test('a connection beyond the limit for its address is cut, and a closed connection makes room', async () => {
    const port = await listening({ connectionsPerAddressMax: 2 })
    const [first, second] = [await talk(port), await talk(port)]
    const third = await talk(port)
    await third.closed
    first.socket.destroy()
    second.socket.write('GET /slow HTTP/1.1\r\nhost: a\r\n\r\n')
    await new Promise<void>((resolve) => second.socket.once('data', () => resolve()))
    const fourth = await talk(port)
    fourth.socket.write('GET /slow HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
    await fourth.closed
    expect(answersIn(fourth.heard())).toBe(1)
  })
})

test('a server on localhost is reached at both of its addresses', async () => {
  app = await buildHttpServer({ log: pino({ enabled: false }), routes: [routes], host: 'localhost' })
  await app.listen({ host: 'localhost', port: 0 })
  const address = app.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  await expect
    .poll(async () => (await fetch(`http://127.0.0.1:${port}/slow`).catch(() => undefined))?.status)
    .toBe(200)
  const hasIPv6 = Object.values(networkInterfaces()).some((list) =>
    list?.some(({ address }) => address === '::1'),
  )
  if (!hasIPv6) return
  await expect
    .poll(async () => (await fetch(`http://[::1]:${port}/slow`).catch(() => undefined))?.status)
    .toBe(200)
})

test('a server that closes does not wait for the rest of a refused body', async () => {
  const port = await listening({})
  const { socket, closed, heard } = await talk(port)
  socket.write('POST /refused HTTP/1.1\r\nhost: a\r\ncontent-type: text/csv\r\ncontent-length: 4\r\n\r\na')
  await expect.poll(heard).toMatch(/^HTTP\/1\.1 4/)
  const closing = app?.close()
  socket.write('aaa')
  await Promise.all([closed, closing])
})

describe('a request body', () => {
  const dribble = (socket: Socket): NodeJS.Timeout => setInterval(() => socket.write(' '), 50).unref()

  test('a JSON body that arrives too slowly gets 408 in Auth0’s envelope, and its connection is closed', async () => {
    const port = await listening({ requestSeconds: 1 })
    const { socket, heard, closed } = await talk(port)
    socket.write(
      'POST /echo HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n{',
    )
    const timer = dribble(socket)
    await closed
    clearInterval(timer)
    expect(heard()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/)
    expect(heard()).toContain('"message":"The body was not complete within 1 s."')
  })

  test('a users file that arrives below the minimum pace, or not at all, gets 408', async () => {
    const port = await listening({ silenceSeconds: 1, uploadBytesPerSecond: 1000 })
    const head =
      'POST /upload HTTP/1.1\r\nhost: a\r\ncontent-type: text/csv\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n'
    const [silent, slow] = [await talk(port), await talk(port)]
    silent.socket.write(head)
    slow.socket.write(head)
    const timer = setInterval(() => slow.socket.write('1\r\na\r\n'), 50).unref()
    await Promise.all([silent.closed, slow.closed])
    clearInterval(timer)
    for (const { heard } of [silent, slow]) expect(heard()).toMatch(/^HTTP\/1\.1 408 .*"statusCode":408/s)
  })

  test('a users file that arrives at a modest pace may take any time', async () => {
    const port = await listening({ silenceSeconds: 1, requestSeconds: 1, uploadBytesPerSecond: 1000 })
    const { socket, heard, closed } = await talk(port)
    socket.write(
      'POST /upload HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: text/csv\r\ncontent-length: 20000\r\n\r\n',
    )
    for (let n = 0; n < 40; n++) {
      await new Promise((resolve) => setTimeout(resolve, 60))
      socket.write('x'.repeat(500))
    }
    await closed
    expect(heard()).toContain('{"bytes":20000}')
  })

  test.each([
    ['its file', '--b\r\ncontent-disposition: form-data; name="users"; filename="u.json"\r\n\r\n'],
    ['another file', '--b\r\ncontent-disposition: form-data; name="other"; filename="u.json"\r\n\r\n'],
    ['a part', '--b\r\ncontent-disposition: form-data; name="external_id"\r\n\r\n'],
    ['what stands before the first part', 'no boundary'],
    ['what stands behind the last part', '--b--\r\n'],
  ])('a form without an end gets 413 and its connection is cut: %s', async (_what, beginning) => {
    const port = await listening({}, (to) => {
      to.register((scope, _options, done) => {
        scope.removeAllContentTypeParsers()
        scope.register(multipart)
        scope.addHook('onError', async (request) => letPass(request.raw))
        scope.post('/form', { config: { isUpload: true } }, async (request) => readImportForm(request))
        done()
      })
    })
    const { socket, heard, closed } = await talk(port)
    socket.write(
      `POST /form HTTP/1.1\r\nhost: a\r\ncontent-type: multipart/form-data; boundary=b\r\ntransfer-encoding: chunked\r\n\r\n${beginning.length.toString(16)}\r\n${beginning}\r\n`,
    )
    const sent = await sentForEver(socket)
    await closed
    expect(heard()).toMatch(/^HTTP\/1\.1 4(00|13) /)
    expect(sent).toBeLessThan(512 * MiB)
  })

  test('a body that continues without end after its answer has its connection cut', async () => {
    const port = await listening({})
    const { socket, heard, closed } = await talk(port)
    socket.write(
      'POST /nothing HTTP/1.1\r\nhost: a\r\ncontent-type: text/csv\r\ntransfer-encoding: chunked\r\n\r\n',
    )
    const sent = await sentForEver(socket)
    await closed
    expect(heard()).toMatch(/^HTTP\/1\.1 4/)
    expect(sent).toBeLessThan(512 * MiB)
  })
})
