import multipart from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { newImportPlaces } from '../../flow/import-places.ts'
import { type ImportOrder, type RequestImportDeps, requestImport } from '../../flow/request-import.ts'
import { requireScopes, type TokenVerifier } from '../authenticate.ts'
import { partsSchema, readImportForm } from '../import-form.ts'
import { importQuerySchema, readImportQuery, STREAM_TYPES } from '../import-query.ts'
import { requireMemberScopes } from '../member-scopes.ts'
import { queryParameters } from '../paged-list.ts'
import { renderJob } from '../render-job.ts'
import { letPass, uploaded } from '../upload.ts'

export interface ImportRoutesDeps extends Omit<RequestImportDeps, 'places'> {
  readonly tokens: TokenVerifier
  /** The largest users file that is taken as a stream, as it is sent. */
  readonly importBytesMax: number
}

/**
 * `POST /api/v2/jobs/users-imports`: 202. Auth0's form, or the users file itself as the body and everything else
 * in the query: then all is checked before the first byte is read.
 */
export function importRoutes(app: FastifyInstance, deps: ImportRoutesDeps): void {
  const onRequest = requireScopes(deps.tokens, ['create:users'])
  const all = { ...deps, places: newImportPlaces(deps.jobs, deps.clock) }
  // Only here are parts understood, and bodies of any size: elsewhere they would be no body at all, and an
  // export of nothing in particular is one of everybody.
  app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', async (_request: FastifyRequest, body: unknown) => body)
    scope.register(multipart)
    scope.addHook('onError', async (request) => letPass(request.raw))
    scope.post(
      '/api/v2/jobs/users-imports',
      { onRequest, config: { isUpload: true } },
      async (request, reply) => {
        const job = request.isMultipart() ? await importForm(request, all) : await importStream(request, all)
        request.jobId = job.id
        return reply.code(202).send(renderJob(job))
      },
    )
    done()
  })
}

type Deps = ImportRoutesDeps & RequestImportDeps

async function importForm(request: FastifyRequest, deps: Deps) {
  const order = await readImportForm(request)
  mayPreserve(order, request)
  return requestImport(order, deps)
}

async function importStream(request: FastifyRequest, deps: Deps) {
  const order = readImportQuery(request)
  mayPreserve(order, request)
  return requestImport({ ...order, file: uploaded(request.raw, deps.importBytesMax) }, deps)
}

function mayPreserve(order: Pick<ImportOrder, 'request'>, request: FastifyRequest): void {
  const names = order.request.preserve ? ['preserve'] : []
  requireMemberScopes('post /api/v2/jobs/users-imports', names, request)
}

const STREAM = { schema: { type: 'string', format: 'binary' } }

export const importPaths = {
  '/api/v2/jobs/users-imports': {
    post: {
      operationId: 'post_users-imports',
      summary: 'Create a job that imports users from a file',
      security: [{ bearerAuth: ['create:users'] }],
      description: 'The parameters are those of a streamed file; a form has parts instead.',
      parameters: queryParameters(importQuerySchema.properties),
      requestBody: {
        content: {
          'multipart/form-data': {
            schema: {
              ...partsSchema,
              required: ['users', 'connection_id'],
              properties: { users: { type: 'string', format: 'binary' }, ...partsSchema.properties },
            },
          },
          ...Object.fromEntries(Object.keys(STREAM_TYPES).map((type) => [type, STREAM])),
        },
      },
      responses: {
        '202': { description: 'The job, pending.' },
        '400': { description: 'The request is not sound.' },
        '413': { description: 'The file is too large.' },
        '415': { description: 'The file is of a type that is not read.' },
        '429': { description: 'Two imports are active.' },
      },
    },
  },
}
