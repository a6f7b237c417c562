import { join } from 'node:path'
import { Failure } from '../../domain/failure.ts'
import { TEXT } from '../../schema/build.ts'
import { type ConsoleFiles, readConsoleFile } from '../console-files.ts'
import { defineRoute } from '../define-route.ts'

export const getAsset = defineRoute({
  method: 'GET',
  path: '/assets/{name}',
  operationId: 'get_asset',
  summary: 'Get a file of the console',
  params: { name: TEXT },
  answers: {
    200: { description: 'The file.', type: '*/*', schema: { type: 'string' } },
    404: 'There is no such file.',
  },
  handle: async ({ params, request, reply }, { consoleFolder }: ConsoleFiles) => {
    const folder = consoleFolder === undefined ? undefined : join(consoleFolder, 'assets')
    const file = folder === undefined ? undefined : await readConsoleFile(folder, params.name, request)
    if (file === undefined) throw new Failure('route_unknown', 'Not Found')
    if (file.encoding !== undefined) reply.header('content-encoding', file.encoding)
    // Another content has another name, so a browser need never ask again.
    return reply
      .header('cache-control', 'public, max-age=31536000, immutable')
      .header('vary', 'accept-encoding')
      .type(file.type)
      .send(file.bytes)
  },
})
