import type { FastifyRequest } from 'fastify'
import { type ImportOrder, type RequestImportDeps, requestImport } from '../../flow/request-import.ts'
import { defineRoute, type Shape } from '../define-route.ts'
import { clientKeyOf, KEY_HEADER, KEY_REUSED } from '../idempotency-key.ts'
import { partsSchema, readImportForm } from '../import-form.ts'
import { importQuerySchema, readImportQuery, STREAM_TYPES } from '../import-query.ts'
import { requireMemberScopes } from '../member-scopes.ts'
import { JOB, pendingJob, renderJob } from '../render-job.ts'
import { originOf } from '../request-id.ts'
import { uploaded } from '../upload.ts'

interface PostUsersImportsDeps extends RequestImportDeps {
  /** Counted as sent: a gzipped users file may hold more. */
  readonly importBytesMax: number
}

const IMPORT_JOB: Shape = {
  schema: JOB.schema,
  example: pendingJob('users_import', '2', {
    connection_id: 'con_0000000000000001',
    connection: 'Username-Password-Authentication',
  }),
}

const FILE = { type: 'string', format: 'binary' } as const

const FORM = {
  ...partsSchema,
  required: ['users', 'connection_id'],
  properties: { users: FILE, ...partsSchema.properties },
}

/**
 * Auth0's form, or a stream: the body is then the users file. Its parameters are in the query, so that they are checked
 * before the first byte is read.
 */
export const postUsersImports = defineRoute({
  method: 'POST',
  path: '/api/v2/jobs/users-imports',
  operationId: 'post_users-imports',
  summary: 'Create a job that imports users from a file',
  description: 'The query parameters are for a streamed file. A form has parts instead.',
  scopes: ['create:users'],
  headers: KEY_HEADER,
  isUpload: true,
  reads: {
    query: { ...importQuerySchema, required: [] },
    bodies: {
      'multipart/form-data': FORM,
      ...Object.fromEntries(STREAM_TYPES.map((type) => [type, FILE])),
    },
  },
  answers: {
    202: { description: 'The pending job, or the job that the key has made.', ...IMPORT_JOB },
    413: 'The file is too large.',
    415: 'The media type of the file is not supported.',
    422: KEY_REUSED,
    429: 'Two imports are already active.',
  },
  handle: async ({ request }, deps: PostUsersImportsDeps) => {
    const job = request.isMultipart() ? await importForm(request, deps) : await importStream(request, deps)
    request.jobId = job.id
    return renderJob(job)
  },
})

async function importForm(request: FastifyRequest, deps: PostUsersImportsDeps) {
  const key = clientKeyOf(request)
  const order = await readImportForm(request)
  mayPreserve(order, request)
  return requestImport(order, { ...deps, origin: originOf(request) }, key)
}

async function importStream(request: FastifyRequest, deps: PostUsersImportsDeps) {
  const order = readImportQuery(request)
  mayPreserve(order, request)
  const file = uploaded(request.raw, deps.importBytesMax)
  return requestImport({ ...order, file }, { ...deps, origin: originOf(request) }, clientKeyOf(request))
}

function mayPreserve(order: Pick<ImportOrder, 'request'>, request: FastifyRequest): void {
  const names = order.request.preserve ? ['preserve'] : []
  requireMemberScopes('post /api/v2/jobs/users-imports', names, request)
}
