import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Failure } from '../../domain/failure.ts'
import { fileNameOf } from '../../domain/object-key.ts'
import type { LinkQuery } from '../../download/link.ts'
import { type OpenDownloadDeps, openDownload } from '../../flow/open-download.ts'
import { mediaTypeOf } from '../../formats/formats.ts'
import type { OpenObject } from '../../objects/object-store.ts'
import { type ByteRange, parseRange } from '../byte-range.ts'
import { defineRoute } from '../define-route.ts'

const text = { type: 'string' } as const

const FILE = { type: 'application/gzip', schema: { type: 'string', format: 'binary' } } as const

/**
 * `GET` and `HEAD`: the link is the permission, no token is asked for. The file goes out as it lies, gzip without
 * Content-Encoding, so that no client unpacks it unasked.
 */
export const getDownload = defineRoute({
  method: 'GET',
  path: '/downloads/{object}',
  // The key of an object holds slashes.
  servedAt: '/downloads/*',
  operationId: 'get_download',
  summary: "Download a finished file by its job's link",
  params: { object: { type: 'string', description: 'The key of the file, which may hold slashes.' } },
  reads: { query: { required: ['expires', 'signature'], properties: { expires: text, signature: text } } },
  answers: {
    200: { description: 'The file, gzip.', ...FILE },
    206: { description: 'A part of it.', ...FILE },
    403: 'The link has expired or was changed.',
    404: 'The file is gone.',
    416: 'The range lies outside of the file.',
  },
  handle: async ({ request, reply }, deps: OpenDownloadDeps) => {
    const [path = '', query] = request.url.split(/\?(.*)/s)
    const objectKey = path.slice('/downloads/'.length)
    const object = await openDownload(objectKey, linkQueryOf(query), deps)
    try {
      return sendObject(object, objectKey, { request, reply })
    } catch (error) {
      await object.close()
      throw error
    }
  },
})

// As it came, not as it was decoded: another spelling of a link is another link, and void. A link of ours holds
// nothing that anybody has to encode.
function linkQueryOf(query = ''): Partial<LinkQuery> {
  const [, expires, signature] = /^expires=(\d+)&signature=([\w-]+)$/.exec(query) ?? []
  return expires === undefined || signature === undefined ? {} : { expires, signature }
}

interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

function sendObject(object: OpenObject, objectKey: string, { request, reply }: Exchange): FastifyReply {
  const range = wantedRange(object, request)
  reply
    .code(range === 'whole' ? 200 : 206)
    .header('content-type', mediaTypeOf(objectKey))
    .header('content-disposition', `attachment; filename="${fileNameOf(objectKey)}"`)
    .header('cache-control', 'no-store')
    .header('accept-ranges', 'bytes')
    .header('etag', object.etag)
  const { start, end } = range === 'whole' ? { start: 0, end: object.bytes - 1 } : range
  reply.header('content-length', end - start + 1)
  if (range !== 'whole') reply.header('content-range', `bytes ${start}-${end}/${object.bytes}`)
  const body = Readable.from(request.method === 'HEAD' ? [] : object.read(start, end), { objectMode: false })
  body.on('close', () => {
    object.close().catch(() => undefined)
  })
  return reply.send(body)
}

function wantedRange(object: OpenObject, request: FastifyRequest): ByteRange | 'whole' {
  // RFC 9110, 14.2: a range is for GET alone.
  if (request.method === 'HEAD') return 'whole'
  const ifRange = request.headers['if-range']
  // RFC 9110, 13.1.5: another version than the one the client has a part of is sent whole.
  if (ifRange !== undefined && ifRange !== object.etag) return 'whole'
  const range = parseRange(request.headers.range, object.bytes)
  if (range !== 'unsatisfiable') return range
  throw new Failure(
    'range_unsatisfiable',
    `The file has ${object.bytes} bytes; the range asked for lies outside.`,
    {
      headers: { 'content-range': `bytes */${object.bytes}` },
    },
  )
}
