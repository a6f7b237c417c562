import type { Clock } from '../domain/clock.ts'
import { type Connection, isDatabase } from '../domain/connection.ts'
import { Failure } from '../domain/failure.ts'
import { newJobId } from '../domain/ids.ts'
import type { ImportRequest } from '../domain/import-request.ts'
import type { Job } from '../domain/job.ts'
import { findUnstorable } from '../domain/json.ts'
import { jobPrefix, usersFileKey } from '../domain/object-key.ts'
import { Refusal } from '../domain/refusal.ts'
import type { JobStore } from '../jobs/job-store.ts'
import type { ObjectStore } from '../objects/object-store.ts'
import type { ConnectionStore } from '../users/connection-store.ts'
import { ACTIVE_IMPORTS_MAX, type ImportPlace, type ImportPlaces, tooManyImports } from './import-places.ts'

export interface RequestImportDeps {
  readonly jobs: JobStore
  readonly places: ImportPlaces
  readonly objects: ObjectStore
  readonly connections: ConnectionStore
  readonly clock: Clock
  /** Tells the worker that there is something to do; it would find out by itself a little later. */
  readonly wake: () => void
}

export interface ImportOrder {
  readonly connectionId: string
  /** Not touched before the order is found sound: nobody sends gigabytes to be refused. What it throws is passed on. */
  readonly file: AsyncIterable<Uint8Array>
  readonly request: Omit<ImportRequest, 'objectKey'>
}

/**
 * Takes an import order and keeps its file until the job has run. Fails with `body_invalid` or `query_invalid` for a
 * text that no database can hold, with `connection_unknown`, `operation_unsupported` or `imports_too_many`; nothing is
 * kept of a refused one.
 */
export async function requestImport(order: ImportOrder, deps: RequestImportDeps): Promise<Job> {
  refuseUnstorable(order.request)
  const connection = await connectionFor(order, deps.connections)
  const place = await deps.places.take()
  try {
    return await takeOrder({ order, connection, place }, deps)
  } finally {
    place.leave()
  }
}

function refuseUnstorable(request: ImportOrder['request']): void {
  const unstorable = findUnstorable(request)
  if (unstorable === undefined) return
  const problem = `This cannot be stored: ${unstorable.reason}`
  const code = request.by === 'form' ? 'body_invalid' : 'query_invalid'
  throw new Refusal(code, { problem, property: unstorable.path })
}

async function connectionFor(
  { connectionId, request }: ImportOrder,
  connections: ConnectionStore,
): Promise<Connection> {
  const connection = await connections.find(connectionId)
  if (connection === undefined) throw new Failure('connection_unknown', 'The connection does not exist.')
  // Users of other connections come as an export gave them out, since nothing can be made for them here.
  const isRestored = request.by === 'stream' && request.preserve
  if (isDatabase(connection) || isRestored) return connection
  throw new Failure('operation_unsupported', 'Connection must be a database connection')
}

interface Taking {
  readonly order: ImportOrder
  readonly connection: Connection
  readonly place: ImportPlace
}

async function takeOrder({ order, connection, place }: Taking, deps: RequestImportDeps): Promise<Job> {
  const id = newJobId()
  const objectKey = usersFileKey(id)
  // The file first: a worker may claim the job the moment it is there. A client that hangs up ends the file
  // with an error; a file that has come whole is kept, whoever hangs up then.
  await deps.objects.put(objectKey, order.file, new AbortController().signal)
  const job = {
    id,
    type: 'users_import',
    createdAt: deps.clock.now(),
    connection: { id: connection.id, name: connection.name },
    request: { ...order.request, objectKey },
  } as const
  await orRemove(id, deps.objects, async () => {
    // Counted again: another process may have added jobs.
    const refusal = await place.fill(() => deps.jobs.add(job, ACTIVE_IMPORTS_MAX))
    if (refusal !== undefined) throw tooManyImports(refusal.active, deps.clock.now())
  })
  deps.wake()
  return { ...job, status: 'pending' }
}

// The first failure is the one reported; a file left behind here belongs to no job that anybody knows of.
async function orRemove(id: string, objects: ObjectStore, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    await objects.removeAll(jobPrefix(id)).catch(() => undefined)
    throw error
  }
}
