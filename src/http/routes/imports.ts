import multipart, { type Multipart } from '@fastify/multipart'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure } from '../../domain/failure.ts'
import { CONNECTION_ID_PATTERN } from '../../domain/ids.ts'
import { type ImportOrder, type RequestImportDeps, requestImport } from '../../flow/request-import.ts'
import { bearerWith, requireScopes, type TokenVerifier } from '../authenticate.ts'
import { renderJob } from '../render-job.ts'
import { validateBody } from '../validate.ts'

/** Auth0's doc: 500 KB a file, which its error words as this number of bytes. */
const USERS_FILE_BYTES_MAX = 512_000

export interface ImportRoutesDeps extends RequestImportDeps {
  readonly tokens: TokenVerifier
}

/**
 * `POST /api/v2/jobs/users-imports`: 202. Parts may come in any order; those that are not known are read over,
 * as Auth0's schema has it.
 */
export function importRoutes(app: FastifyInstance, deps: ImportRoutesDeps): void {
  const onRequest = requireScopes(deps.tokens, ['create:users'])
  // Only here are parts understood: elsewhere they would be no body at all, and an export of nothing in
  // particular is one of everybody.
  app.register((scope, _options, done) => {
    scope.register(multipart)
    scope.post('/api/v2/jobs/users-imports', { onRequest }, async (request, reply) => {
      const order = orderOf(await readParts(request))
      // Writing what else only the server sets is a permission of its own.
      if (order.request.preserve) await bearerWith(request, deps.tokens, ['update:users_app_metadata'])
      return reply.code(202).send(renderJob(await requestImport(order, deps)))
    })
    done()
  })
}

interface Parts {
  readonly file: Uint8Array | undefined
  readonly fields: ReadonlyMap<string, string>
}

async function readParts(request: FastifyRequest): Promise<Parts> {
  if (!request.isMultipart()) throw invalidMultipart()
  const fields = new Map<string, string>()
  let file: Uint8Array | undefined
  try {
    for await (const part of request.parts(PART_OPTIONS)) {
      if (part.type === 'field') fields.set(part.fieldname, String(part.value))
      else if (part.fieldname === 'users') file = await readFile(part)
      else part.file.resume()
    }
  } catch (cause) {
    throw cause instanceof Failure ? cause : invalidMultipart(cause)
  }
  return { file, fields }
}

const PART_OPTIONS = {
  // Some clients send the users without a file name, which would make it a field.
  isPartAFile: (name: string | undefined, type: string | undefined, fileName: string | undefined) =>
    name === 'users' || fileName !== undefined || type === 'application/octet-stream',
  limits: { fileSize: USERS_FILE_BYTES_MAX, fieldSize: 10_000, fields: 20, files: 5, parts: 25 },
  throwFileSizeLimit: false,
}

// A file that is too large is read to its end, though not kept: the client would not see an answer before.
async function readFile(part: Extract<Multipart, { type: 'file' }>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of part.file) chunks.push(chunk as Uint8Array)
  if (!part.file.truncated) return Buffer.concat(chunks)
  throw new Failure(
    'body_too_large',
    `Payload content length greater than maximum allowed: ${USERS_FILE_BYTES_MAX}.`,
  )
}

function invalidMultipart(cause?: unknown): Failure {
  return new Failure('body_invalid', "Payload validation error: 'Invalid multipart payload format'.", {
    cause,
  })
}

const boolean = { type: 'boolean' }

const partsSchema = {
  type: 'object',
  properties: {
    connection_id: { type: 'string', pattern: CONNECTION_ID_PATTERN },
    upsert: boolean,
    external_id: { type: 'string' },
    send_completion_email: boolean,
    preserve: boolean,
  },
}

function orderOf({ file, fields }: Parts): ImportOrder {
  if (file === undefined) throw refused("Must provide 'users' file as multipart part.")
  if (file.length === 0) throw refused('Users file must not be empty.')
  const connectionId = fields.get('connection_id') ?? ''
  if (connectionId === '') throw refused("Must provide 'connection_id' as multipart part.")
  // Auth0's text of this one carries no value, unlike z-schema's.
  if (!new RegExp(CONNECTION_ID_PATTERN).test(connectionId)) {
    throw refused(
      `Payload validation error: 'String does not match pattern ${CONNECTION_ID_PATTERN}' on property connection_id.`,
    )
  }
  validateBody(
    partsSchema,
    Object.fromEntries([...fields].map(([name, value]) => [name, typedPart(name, value)])),
  )
  const externalId = fields.get('external_id')
  return {
    connectionId,
    file,
    request: {
      upsert: fields.get('upsert') === 'true',
      preserve: fields.get('preserve') === 'true',
      ...(externalId === undefined || externalId === '' ? {} : { external_id: externalId }),
    },
  }
}

// Parts are text; what should be true or false and is neither is left for the schema to refuse.
function typedPart(name: string, value: string): string | boolean {
  const isBoolean =
    Object.hasOwn(partsSchema.properties, name) && Reflect.get(partsSchema.properties, name) === boolean
  return isBoolean && (value === 'true' || value === 'false') ? value === 'true' : value
}

function refused(message: string): Failure {
  return new Failure('body_invalid', message)
}

export const importPaths = {
  '/api/v2/jobs/users-imports': {
    post: {
      operationId: 'post_users-imports',
      summary: 'Create a job that imports users from a JSON file',
      security: [{ bearerAuth: ['create:users'] }],
      requestBody: {
        content: {
          'multipart/form-data': {
            schema: {
              ...partsSchema,
              required: ['users', 'connection_id'],
              properties: { users: { type: 'string', format: 'binary' }, ...partsSchema.properties },
            },
          },
        },
      },
      responses: {
        '202': { description: 'The job, pending.' },
        '400': { description: 'The request is not sound.' },
        '413': { description: 'The file is too large.' },
        '429': { description: 'Two imports are active.' },
      },
    },
  },
}
