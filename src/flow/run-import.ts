import { createHash } from 'node:crypto'
import type { Clock } from '../domain/clock.ts'
import type { Connection } from '../domain/connection.ts'
import { Failure } from '../domain/failure.ts'
import type { ImportError, ImportJob } from '../domain/job.ts'
import type { Json } from '../domain/json.ts'
import type { Outcome } from '../jobs/job-store.ts'
import type { ObjectStore } from '../objects/object-store.ts'
import { checkImported, importError, oversize, PROFILE_BYTES_MAX } from '../users/check-import.ts'
import type { ConnectionStore } from '../users/connection-store.ts'
import { newProfile } from '../users/new-profile.ts'
import type { BatchOutcome, Conflict, ImportedUser, Refusal, UserStore } from '../users/user-store.ts'

export interface RunImportDeps {
  readonly users: UserStore
  readonly connections: ConnectionStore
  readonly objects: ObjectStore
  readonly clock: Clock
}

/**
 * From a file of users to users: read, check, store, tell. Run again after a kill, it finds what was stored by
 * the batch's key and tells the same. Fails with `import_unreadable` and `connection_unknown`.
 */
export async function runImport(job: ImportJob, deps: RunImportDeps, signal: AbortSignal): Promise<Outcome> {
  const connection = await connectionOf(job, deps.connections)
  const file = await readFile(job.request.objectKey, deps.objects, signal)
  const entries = parseUsers(file)
  const errors = new Map<number, ImportError>()
  const accepted = acceptUsers(entries, { job, connection, file, errors, now: deps.clock.now() })
  signal.throwIfAborted()
  const stored = await deps.users.importBatch({
    key: `${job.id}/0`,
    connection,
    users: accepted.map(({ user }) => user),
    upsert: job.request.upsert ? 'overwrite' : 'no',
    importNumber: importNumberOf(job.id),
  })
  for (const refusal of stored.refused) {
    const position = accepted[refusal.ordinal]?.position
    if (position !== undefined) errors.set(position, importError(entries[position], [problemOf(refusal)]))
  }
  return outcomeOf(entries.length, stored, errors)
}

// Of the 2^53 numbers no two jobs share one.
function importNumberOf(jobId: string): number {
  return 1 + Number.parseInt(createHash('sha256').update(jobId).digest('hex').slice(0, 13), 16)
}

async function connectionOf(job: ImportJob, connections: ConnectionStore): Promise<Connection> {
  const found = job.connection === undefined ? undefined : await connections.find(job.connection.id)
  if (found === undefined) throw new Failure('connection_unknown', 'The connection does not exist.')
  return found
}

async function readFile(key: string, objects: ObjectStore, signal: AbortSignal): Promise<Buffer> {
  const object = await objects.open(key)
  if (object === undefined) throw new Failure('import_unreadable', 'The users file is gone.')
  try {
    const chunks: Uint8Array[] = []
    // Files are small: the door takes 512,000 bytes.
    for await (const chunk of object.read(0, object.bytes - 1)) {
      signal.throwIfAborted()
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } finally {
    await object.close()
  }
}

function parseUsers(file: Uint8Array): readonly Json[] {
  const users = parseJson(file)
  if (Array.isArray(users)) return users
  throw new Failure('import_unreadable', 'The users file must be a JSON array of users.')
}

function parseJson(file: Uint8Array): Json {
  try {
    // Fatal: bytes that are no UTF-8 would become other characters unnoticed. A byte order mark is skipped.
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(file)) as Json
  } catch {
    // The parser's own message quotes the file, which is users' data.
    throw new Failure('import_unreadable', 'The users file cannot be read: it must be JSON, in UTF-8.')
  }
}

interface Acceptance {
  readonly job: ImportJob
  readonly connection: Connection
  readonly file: Uint8Array
  readonly now: Date
  /** By position in the file; gets those of users that are refused. */
  readonly errors: Map<number, ImportError>
}

interface Accepted {
  readonly position: number
  readonly user: ImportedUser
}

function acceptUsers(entries: readonly Json[], acceptance: Acceptance): readonly Accepted[] {
  const { errors } = acceptance
  const accepted: Accepted[] = []
  for (const [position, entry] of entries.entries()) {
    const result = acceptUser(entry, acceptance)
    if ('errors' in result) errors.set(position, result)
    else accepted.push({ position, user: result })
  }
  return accepted
}

function acceptUser(entry: Json, { job, connection, file, now }: Acceptance): ImportedUser | ImportError {
  const { preserve } = job.request
  const checked = checkImported(entry, { preserve })
  if ('errors' in checked) return checked
  const { given, credentials } = checked
  const profile = newProfile(given, { connection, now, preserve })
  // A file below half of the limit holds no profile above it: none has to be measured.
  const tooLarge = file.length < PROFILE_BYTES_MAX / 2 ? undefined : oversize(profile)
  if (tooLarge !== undefined) return importError(entry, [tooLarge])
  return { profile, given: Object.keys(given), ...(credentials === undefined ? {} : { credentials }) }
}

type Problem = ImportError['errors'][number]

// Auth0's doc: a duplicate inside of one file is an error, not an insert and then an update.
function duplicateProblem(conflict: Conflict): Problem {
  const message = `Another user of the file has the same ${conflict}`
  return { code: 'DUPLICATED_USER', message, path: `#/${conflict}` }
}

// The first text is recorded from Auth0, which names no path with it; the codes of the others are documented.
const CONFLICT_ERRORS: Record<Conflict, Problem> = {
  email: { code: 'DUPLICATED_USER', message: 'The user already exist and upsert parameter is false' },
  user_id: { code: 'CONFLICT', message: 'The specified user_id already exists', path: '#/user_id' },
  username: {
    code: 'CONFLICT_USERNAME',
    message: 'The specified username already exists',
    path: '#/username',
  },
  phone_number: {
    code: 'CONFLICT',
    message: 'The specified phone_number already exists',
    path: '#/phone_number',
  },
}

function problemOf({ reason, isInFile }: Refusal): Problem {
  if (reason === 'unstorable') return { code: 'FORMAT', message: 'This user cannot be stored', path: '#/' }
  return isInFile ? duplicateProblem(reason) : CONFLICT_ERRORS[reason]
}

function outcomeOf(
  total: number,
  { inserted, updated }: BatchOutcome,
  errors: ReadonlyMap<number, ImportError>,
): Outcome {
  const inFileOrder = [...errors].sort(([a], [b]) => a - b).map(([, error]) => error)
  return {
    kind: 'imported',
    summary: { failed: total - inserted - updated, updated, inserted, total },
    errors: inFileOrder,
  }
}
