import { type Connection, isDatabase } from '../domain/connection.ts'
import { Failure } from '../domain/failure.ts'
import { given } from '../domain/given.ts'
import { newJobId } from '../domain/ids.ts'
import type { ImportRequest } from '../domain/import-request.ts'
import type { Job } from '../domain/job.ts'
import { allOwned } from '../domain/lent.ts'
import { jobPrefix, usersFileKey } from '../domain/object-key.ts'
import { refuseUnstorable } from '../domain/refusal.ts'
import type { ClientKey, RequestKey } from '../domain/request-key.ts'
import type { ObjectStore } from '../objects/object-store.ts'
import type { ConnectionStore } from '../users/connection-store.ts'
import { writable } from '../users/source-connections.ts'
import { earlierImport, type KeyedFile, keyedFile } from './import-once.ts'
import { takePlace } from './import-places.ts'
import { knownConnection, type RequestJobDeps } from './request-job.ts'
import { earlierJob } from './request-once.ts'

export interface RequestImportDeps extends RequestJobDeps {
  readonly objects: ObjectStore
}

export interface ImportOrder {
  readonly connectionId: string
  /**
   * Each chunk is new memory. Read only after all checks have passed, so that no client sends gigabytes that are then
   * refused.
   */
  readonly file: AsyncIterable<Uint8Array>
  readonly request: Omit<ImportRequest, 'objectKey'>
}

/**
 * Fails with `body_invalid` or `query_invalid` for a text that PostgreSQL cannot store, and with `connection_unknown`,
 * `operation_unsupported`, `imports_too_many` or `idempotency_key_reused`. It then stores nothing. It passes on what
 * `order.file` throws.
 */
export async function requestImport(
  order: ImportOrder,
  deps: RequestImportDeps,
  key?: ClientKey,
): Promise<Job> {
  refuseUnstorable(order.request, order.request.by === 'form' ? 'body_invalid' : 'query_invalid')
  const keyed = key === undefined ? undefined : keyedFile(order, order.file, key)
  const earlier = keyed === undefined ? undefined : await earlierImport(keyed, deps)
  if (earlier !== undefined) return earlier
  const connection = await connectionFor(order, deps.connections)
  const id = newJobId()
  const letGo = await takePlace(id, deps)
  try {
    const job = await takeOrder({ id, order, connection, keyed }, deps)
    if (job.id !== id) await forget(id, deps)
    return job
  } catch (error) {
    await forget(id, deps)
    throw error
  } finally {
    letGo()
  }
}

async function connectionFor(
  { connectionId, request }: ImportOrder,
  connections: ConnectionStore,
): Promise<Connection> {
  const connection = writable(knownConnection(await connections.find(connectionId)))
  // Muster cannot create ids for users of other connections. With `preserve` the file has them.
  const isRestored = request.by === 'stream' && request.preserve
  if (isDatabase(connection) || isRestored) return connection
  throw new Failure('operation_unsupported', 'Connection must be a database connection')
}

interface Taking {
  readonly id: string
  readonly order: ImportOrder
  readonly connection: Connection
  readonly keyed: KeyedFile | undefined
}

async function takeOrder({ id, order, connection, keyed }: Taking, deps: RequestImportDeps): Promise<Job> {
  const objectKey = usersFileKey(id)
  // The file is stored before the job, because a worker may claim the job at once. A client that disconnects earlier
  // makes `order.file` throw. A complete file is imported even if the client disconnects, so `put` gets no signal.
  await deps.objects.put(objectKey, allOwned(keyed?.file ?? order.file), new AbortController().signal)
  const job = given({
    id,
    type: 'users_import',
    createdAt: deps.clock.now(),
    connection: { id: connection.id, name: connection.name },
    request: { ...order.request, objectKey },
    origin: deps.origin,
  })
  const key = keyed?.requestKey()
  if (!(await deps.jobs.addUploaded(job, key))) return twinOf(key, deps)
  deps.wake()
  return { ...job, status: 'pending' }
}

async function twinOf(key: RequestKey | undefined, deps: RequestImportDeps): Promise<Job> {
  const twin = key === undefined ? undefined : await earlierJob(key, deps)
  if (twin !== undefined) return twin
  const lost = 'The upload could not be kept alive in the database: send the file again.'
  throw new Failure('database_unavailable', lost)
}

// The caller reports the first failure, so failures here are dropped. The sweeper then removes what is left.
async function forget(id: string, { objects, jobs }: RequestImportDeps): Promise<void> {
  await objects.removeAll(jobPrefix(id)).catch(() => undefined)
  await jobs.endUpload(id).catch(() => undefined)
}
