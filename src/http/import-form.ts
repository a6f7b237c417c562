import type { Multipart } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { Failure } from '../domain/failure.ts'
import { CONNECTION_ID_PATTERN } from '../domain/ids.ts'
import type { ImportOrder } from '../flow/request-import.ts'
import { tooLarge } from './upload.ts'
import { validateBody } from './validate.ts'

/** Auth0's doc: 500 KB a file, which its error words as this number of bytes. */
const USERS_FILE_BYTES_MAX = 512_000

interface Parts {
  readonly file: Uint8Array | undefined
  readonly fields: ReadonlyMap<string, string>
}

// What the other parts and the boundaries may take; a body above both is not worth reading.
const OTHER_BYTES_MAX = 1_048_576

/** Reads Auth0's form. Fails with `body_invalid` or `body_too_large`. */
export async function readImportForm(request: FastifyRequest): Promise<ImportOrder> {
  if (Number(request.headers['content-length']) > USERS_FILE_BYTES_MAX + OTHER_BYTES_MAX)
    throw tooLarge(USERS_FILE_BYTES_MAX)
  return orderOf(await readParts(request))
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
  if (part.file.truncated) throw tooLarge(USERS_FILE_BYTES_MAX)
  return Buffer.concat(chunks)
}

function invalidMultipart(cause?: unknown): Failure {
  return new Failure('body_invalid', "Payload validation error: 'Invalid multipart payload format'.", {
    cause,
  })
}

const boolean = { type: 'boolean' }

/** Parts other than the file. Those that are not known are read over, as Auth0's schema has it. */
export const partsSchema = {
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
    file: once(file),
    request: {
      by: 'form',
      format: 'json',
      upsert: fields.get('upsert') === 'true' ? 'overwrite' : 'no',
      preserve: fields.get('preserve') === 'true',
      dryRun: false,
      ...(externalId === undefined || externalId === '' ? {} : { external_id: externalId }),
    },
  }
}

async function* once(file: Uint8Array): AsyncGenerator<Uint8Array> {
  yield file
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
