import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { type Downloading, download, fileNameIn, type Sink } from '../../src/client/download.ts'
import { Failure } from '../../src/domain/failure.ts'
import { type ScriptedServer, sendJson, startScripted } from '../fixtures/scripted-server.ts'

const ID = 'job_0000000000000001'
const FILE = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251))
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

type FileAnswer = (request: IncomingMessage, response: ServerResponse, count: number) => void

/** A job whose link gets the answers of the test. */
async function served(answer: FileAnswer): Promise<ScriptedServer> {
  let count = 0
  const server = await startScripted((request, response) => {
    if (request.url?.startsWith('/file')) answer(request, response, ++count)
    else
      sendJson(response, {
        id: ID,
        status: 'completed',
        location: `http://${request.headers.host}/file?link=${server.asked.length}`,
      })
  })
  onTestFinished(server.stop)
  return server
}

const startOf = ({ headers }: IncomingMessage): number =>
  Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0)

/** As a server that knows Range and If-Range answers, but cuts after `bytes`. */
function serveRange(
  request: IncomingMessage,
  response: ServerResponse,
  { file = FILE, etag = '"one"', bytes = Infinity },
): void {
  const ifRange = request.headers['if-range']
  const start = ifRange === undefined || ifRange === etag ? startOf(request) : 0
  const headers = { etag, 'content-length': file.length - start }
  if (start > 0 && start >= file.length) {
    response.writeHead(416, { 'content-range': `bytes */${file.length}` }).end()
    return
  }
  if (start === 0) response.writeHead(200, headers)
  else
    response.writeHead(206, {
      ...headers,
      'content-range': `bytes ${start}-${file.length - 1}/${file.length}`,
    })
  const piece = file.subarray(start, Math.min(start + bytes, file.length))
  if (start + bytes >= file.length) response.end(piece)
  else response.write(piece, () => response.destroy())
}

function memorySink(): Sink & { bytes(): Buffer; restarts: number } {
  let chunks: Buffer[] = []
  const sink = {
    restarts: 0,
    bytes: () => Buffer.concat(chunks),
    write: async (chunk: Buffer) => void chunks.push(Buffer.from(chunk)),
    restart: async () => {
      sink.restarts++
      chunks = []
    },
  }
  return sink
}

async function downloaded(server: ScriptedServer, more: Partial<Downloading> = {}) {
  const sink = memorySink()
  const result = await download(server.client(), ID, { sink, ...more })
  return { ...result, sink }
}

test('a download whose connection is cut again and again goes on, each time with a new link', async () => {
  const server = await served((request, response) => serveRange(request, response, { bytes: 64 }))
  const { sink, ...result } = await downloaded(server)
  expect(sink.bytes().equals(FILE)).toBe(true)
  expect(result).toEqual({ bytes: 1000, sha256: sha256(FILE) })
  const links = server.asked.filter((asked) => asked.startsWith('GET /file'))
  expect(new Set(links).size).toBe(links.length)
  expect(links).toHaveLength(16)
  // A cut after progress costs no wait.
  expect(Math.max(...server.waits)).toBe(0)
})

test('a link that has expired in the middle is replaced', async () => {
  const server = await served((request, response, count) => {
    if (count % 2 === 0) sendJson(response, { message: 'expired', errorCode: 'expired_link' }, 403)
    else serveRange(request, response, { bytes: 400 })
  })
  const cuts: string[] = []
  const { sink } = await downloaded(server, { onCut: (sentence) => cuts.push(sentence) })
  expect(sink.bytes().equals(FILE)).toBe(true)
  expect(cuts).toContain('The link had expired. Going on after 400 bytes.')
})

test('a file with another ETag is downloaded from its first byte', async () => {
  const other = Buffer.from(FILE).reverse()
  const server = await served((request, response, count) =>
    serveRange(request, response, count === 1 ? { bytes: 64 } : { file: other, etag: '"two"' }),
  )
  const { sink, ...result } = await downloaded(server)
  expect(sink.bytes().equals(other)).toBe(true)
  expect(sink.restarts).toBe(1)
  expect(result.sha256).toBe(sha256(other))
})

test('a server that ignores If-Range and sends another file is found out', async () => {
  const server = await served((request, response, count) => {
    delete request.headers['if-range']
    serveRange(request, response, count === 1 ? { bytes: 64 } : { etag: '"two"' })
  })
  await expect(downloaded(server)).rejects.toMatchObject({ code: 'server_unexpected' })
})

test('a server without ranges sends the file again from its first byte', async () => {
  const server = await served((request, response, count) => {
    delete request.headers.range
    serveRange(request, response, { bytes: count === 1 ? 64 : Infinity })
  })
  const { sink } = await downloaded(server)
  expect(sink.bytes().equals(FILE)).toBe(true)
})

test('the bytes of an earlier run are not downloaded again, and their hash counts', async () => {
  const server = await served((request, response) => serveRange(request, response, {}))
  const begun = { bytes: 300, hash: createHash('sha256').update(FILE.subarray(0, 300)) }
  const { sink, ...result } = await downloaded(server, { begun })
  expect(sink.bytes().equals(FILE.subarray(300))).toBe(true)
  expect(result).toEqual({ bytes: 1000, sha256: sha256(FILE) })
})

test('an earlier run that had all bytes needs no more, and one that had too many starts over', async () => {
  const server = await served((request, response) => serveRange(request, response, {}))
  const all = { bytes: 1000, hash: createHash('sha256').update(FILE) }
  expect(await downloaded(server, { begun: all })).toMatchObject({ bytes: 1000, sha256: sha256(FILE) })
  const more = { bytes: 1001, hash: createHash('sha256') }
  const { sink, ...result } = await downloaded(server, { begun: more })
  expect(sink.restarts).toBe(1)
  expect(result.sha256).toBe(sha256(FILE))
})

test('a body without a length is whole if its end came', async () => {
  const server = await served((_, response, count) => {
    response.writeHead(200)
    if (count === 1) response.write(FILE.subarray(0, 64), () => response.destroy())
    else response.end(FILE)
  })
  const { sink } = await downloaded(server)
  expect(sink.bytes().equals(FILE)).toBe(true)
})

test('a download without progress ends after two minutes', async () => {
  const server = await served((_, response) => response.writeHead(503).end())
  await expect(downloaded(server)).rejects.toMatchObject({
    code: 'server_unreachable',
    message: expect.stringContaining('The server answered 503.'),
  })
  expect(server.waits.reduce((sum, seconds) => sum + seconds, 0)).toBeGreaterThanOrEqual(120)
})

test('a file that is gone fails the download at once', async () => {
  const server = await served((_, response) => sendJson(response, { message: 'gone' }, 404))
  await expect(downloaded(server)).rejects.toMatchObject({
    code: 'job_failed',
    message: expect.stringContaining('is gone'),
  })
  expect(server.waits).toEqual([])
})

test('a failure of the sink ends the download', async () => {
  const server = await served((request, response) => serveRange(request, response, {}))
  const full = new Failure('file_unwritable', 'the disk is full')
  const sink = { ...memorySink(), write: () => Promise.reject(full) }
  await expect(download(server.client(), ID, { sink })).rejects.toBe(full)
})

test('the name of a file is the last segment of its link, and a name that could lead elsewhere is none', () => {
  expect(fileNameIn('https://m.example/downloads/jobs/job_1/1/acme.csv.gz?expires=1')).toBe('acme.csv.gz')
  for (const path of ['a/..', 'a/.profile', 'a/%2e%2e%2fb', 'a/b%20c', ''])
    expect(fileNameIn(`https://m.example/${path}`)).toBeUndefined()
})
