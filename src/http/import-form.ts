import type { IncomingMessage } from 'node:http'
import type { Multipart } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { Failure } from '../domain/failure.ts'
import { given } from '../domain/given.ts'
import { CONNECTION_ID_PATTERN } from '../domain/ids.ts'
import { invalidBody, Refusal } from '../domain/refusal.ts'
import type { ImportOrder } from '../flow/request-import.ts'
import { tooLarge } from './upload.ts'

/** Auth0's documentation allows 500 KB a file. Auth0's error message gives this number of bytes. */
const USERS_FILE_BYTES_MAX = 512_000

interface Parts {
  readonly file: Uint8Array | undefined
  readonly fields: ReadonlyMap<string, string>
}

// For the other parts and the boundaries. A Content-Length above the sum is refused before the body is read.
const OTHER_BYTES_MAX = 1_048_576

/** Fails with `body_invalid` or `body_too_large`. */
export async function readImportForm(request: FastifyRequest): Promise<ImportOrder> {
  if (Number(request.headers['content-length']) > USERS_FILE_BYTES_MAX + OTHER_BYTES_MAX)
    throw tooLarge(USERS_FILE_BYTES_MAX)
  return orderOf(await readParts(request))
}

async function readParts(request: FastifyRequest): Promise<Parts> {
  if (!request.isMultipart()) throw invalidMultipart()
  const fields = new Map<string, string>()
  let file: Uint8Array | undefined
  let problem: Failure | undefined
  const seen = new Set<string>()
  boundForm(request.raw)
  try {
    for await (const part of request.parts(PART_OPTIONS)) {
      const name = part.fieldname
      if (seen.has(name)) problem ??= repeated(name)
      if (isKnown(name)) seen.add(name)
      if (part.type === 'field') fields.set(name, String(part.value))
      else if (name === 'users' && file === undefined) file = await readFile(part)
      else {
        if (!isKnown(name)) problem ??= unknownFile(name)
        part.file.resume()
      }
    }
  } catch (cause) {
    throw cause instanceof Failure ? cause : invalidMultipart(cause)
  }
  // Thrown only after the whole body is read, because most clients read the answer only then.
  if (problem !== undefined) throw problem
  return { file, fields }
}

// Bytes before, between and after the parts are in no part, so the limits of parts do not end them.
function boundForm(body: IncomingMessage): void {
  let left = USERS_FILE_BYTES_MAX + OTHER_BYTES_MAX
  // This listener starts the flow of bytes. None is lost: the parser attaches in the same turn of the event loop.
  body.on('data', (chunk: Uint8Array) => {
    const isOver = left < 0
    left -= chunk.length
    if (left < 0 && !isOver) body.emit('error', tooLarge(USERS_FILE_BYTES_MAX))
  })
}

const PART_OPTIONS = {
  // Some clients send the users file without a file name, which would make it a field. Others send a file name with
  // every part.
  isPartAFile: (name: string | undefined, type: string | undefined, fileName: string | undefined) =>
    name === 'users' ||
    (!isKnown(name ?? '') && (fileName !== undefined || type === 'application/octet-stream')),
  limits: { fileSize: USERS_FILE_BYTES_MAX, fieldSize: 10_000, fields: 20, files: 5, parts: 25 },
  throwFileSizeLimit: false,
}

// A file that is too large is read to its end but not kept: most clients read the answer only then.
async function readFile(part: Extract<Multipart, { type: 'file' }>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of part.file) chunks.push(chunk as Uint8Array)
  if (part.file.truncated) throw tooLarge(USERS_FILE_BYTES_MAX)
  return Buffer.concat(chunks)
}

function invalidMultipart(cause?: unknown): Failure {
  return new Refusal('body_invalid', { problem: 'Invalid multipart payload format' }, { cause })
}

function isKnown(name: string): boolean {
  return name === 'users' || Object.hasOwn(partsSchema.properties, name)
}

// If the second part were dropped in silence, the client would believe that its users were imported.
function repeated(name: string): Failure {
  const hint = 'Send one part of each name; send several users files one after another.'
  return new Refusal('body_invalid', { problem: 'Part given more than once', property: name, hint })
}

function unknownFile(name: string): Failure {
  const hint = 'The users file is the part named users.'
  return new Refusal('body_invalid', {
    problem: 'Unknown file',
    property: name.slice(0, NAME_SHOWN_MAX),
    hint,
  })
}

const NAME_SHOWN_MAX = 100

const boolean = { type: 'boolean' }

/** Unknown parts that are no files are ignored, as at Auth0, so this schema is not closed. */
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
  // Not checked by z-schema, because its text repeats the value and Auth0's does not.
  if (!new RegExp(CONNECTION_ID_PATTERN).test(connectionId)) {
    const problem = `String does not match pattern ${CONNECTION_ID_PATTERN}`
    throw invalidBody(problem, 'connection_id')
  }
  const notes = notesOn(fields)
  return {
    connectionId,
    file: once(file),
    request: given({
      by: 'form',
      format: 'json',
      upsert: fields.get('upsert') === 'true' ? 'overwrite' : 'no',
      preserve: fields.get('preserve') === 'true',
      dryRun: false,
      external_id: fields.get('external_id') || undefined,
      notes: notes.length === 0 ? undefined : notes,
    }),
  }
}

async function* once(file: Uint8Array): AsyncGenerator<Uint8Array> {
  yield file
}

// Auth0 reads every text except `true` as false, also `True` (sent by Python) and `1` (sent by PHP). So does Muster,
// and the job's `status_details` says so.
function notesOn(fields: ReadonlyMap<string, string>): readonly string[] {
  const booleans = Object.entries(partsSchema.properties).filter(([, schema]) => schema === boolean)
  return booleans.flatMap(([name]) => {
    const text = fields.get(name)
    if (text === undefined || text === 'true' || text === 'false') return []
    return [`${name} was read as false: only the text true means true, and ${shown(text)} was sent.`]
  })
}

function shown(text: string): string {
  return text === '' ? 'nothing' : JSON.stringify(text.slice(0, TEXT_SHOWN_MAX))
}

const TEXT_SHOWN_MAX = 20

function refused(message: string): Failure {
  return new Failure('body_invalid', message)
}
