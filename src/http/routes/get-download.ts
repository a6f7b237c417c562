import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Failure } from '../../domain/failure.ts'
import { fileNameOf } from '../../domain/object-key.ts'
import type { LinkQuery } from '../../download/link.ts'
import { type OpenDownloadDeps, openDownload } from '../../flow/open-download.ts'
import { mediaTypeOf } from '../../formats/formats.ts'
import type { OpenObject } from '../../objects/object-store.ts'
import { TEXT, text } from '../../schema/build.ts'
import { type ByteRange, parseRange } from '../byte-range.ts'
import { defineRoute } from '../define-route.ts'

const FILE = { type: 'application/gzip', schema: { type: 'string', format: 'binary' } } as const

/**
 * The signed link replaces a token. The gzip file is sent without Content-Encoding, so that clients store it as it is
 * and do not unpack it.
 */
export const getDownload = defineRoute({
  method: 'GET',
  path: '/downloads/{object}',
  // `:object` would not match, since the key of an object contains slashes.
  servedAt: '/downloads/*',
  operationId: 'get_download',
  summary: 'Download a file by the link of its job',
  params: { object: text('The key of the file. It may contain slashes.') },
  reads: { query: { required: ['expires', 'signature'], properties: { expires: TEXT, signature: TEXT } } },
  answers: {
    200: { description: 'The file, gzipped.', ...FILE },
    206: { description: 'The range of the file.', ...FILE },
    403: 'The link has expired or was changed.',
    404: 'The file is gone.',
    416: 'The range is outside the file.',
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

// Matched before it is decoded: Muster's links need no encoding, so a link in another spelling is not Muster's.
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
  // A range applies to GET only (RFC 9110, 14.2).
  if (request.method === 'HEAD') return 'whole'
  const ifRange = request.headers['if-range']
  // The client has a part of another version, to which a range of this one would not fit (RFC 9110, 13.1.5).
  if (ifRange !== undefined && ifRange !== object.etag) return 'whole'
  const range = parseRange(request.headers.range, object.bytes)
  if (range !== 'unsatisfiable') return range
  throw new Failure(
    'range_unsatisfiable',
    `The file has ${object.bytes} bytes; the requested range is outside.`,
    {
      headers: { 'content-range': `bytes */${object.bytes}` },
    },
  )
}
