import { addSeconds, type Clock, unixSeconds } from '../domain/clock.ts'
import { isDatabase } from '../domain/connection.ts'
import { Failure } from '../domain/failure.ts'
import { newJobId } from '../domain/ids.ts'
import { type ImportRequest, type Job, objectPrefix } from '../domain/job.ts'
import type { JobStore } from '../jobs/job-store.ts'
import type { ObjectStore } from '../objects/object-store.ts'
import type { ConnectionStore } from '../users/connection-store.ts'

export interface RequestImportDeps {
  readonly jobs: JobStore
  readonly objects: ObjectStore
  readonly connections: ConnectionStore
  readonly clock: Clock
  /** Tells the worker that there is something to do; it would find out by itself a little later. */
  readonly wake: () => void
}

export interface ImportOrder {
  readonly connectionId: string
  readonly file: Uint8Array
  readonly request: Omit<ImportRequest, 'objectKey'>
}

/** Auth0's doc: "The user import job concurrency limit is 2". */
const ACTIVE_IMPORTS_MAX = 2

// A file is stored in well under a second: whoever asks again then has a good chance.
const RETRY_SECONDS = 1

/**
 * Takes an import order and keeps its file until the job has run. Fails with `connection_unknown`,
 * `operation_unsupported` or `imports_too_many`; nothing is kept of a refused one.
 */
export async function requestImport(order: ImportOrder, deps: RequestImportDeps): Promise<Job> {
  const connection = await deps.connections.find(order.connectionId)
  if (connection === undefined) throw new Failure('connection_unknown', 'The connection does not exist.')
  if (!isDatabase(connection))
    throw new Failure('operation_unsupported', 'Connection must be a database connection.')
  const id = newJobId()
  const objectKey = `${objectPrefix(id)}import/users.json`
  const job = {
    id,
    type: 'users_import',
    createdAt: deps.clock.now(),
    connection: { id: connection.id, name: connection.name },
    request: { ...order.request, objectKey },
  } as const
  // The file first: a worker may claim the job the moment it is there.
  // Half a megabyte is stored to its end, whoever hangs up meanwhile.
  await deps.objects.put(objectKey, once(order.file), new AbortController().signal)
  await orRemove(id, deps.objects, async () => {
    const refusal = await deps.jobs.add(job, ACTIVE_IMPORTS_MAX)
    if (refusal !== undefined) throw tooMany(refusal.active, deps.clock.now())
  })
  deps.wake()
  return { ...job, status: 'pending' }
}

async function* once(file: Uint8Array): AsyncGenerator<Uint8Array> {
  yield file
}

// The first failure is the one reported; a file left behind here belongs to no job that anybody knows of.
async function orRemove(id: string, objects: ObjectStore, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    await objects.removeAll(objectPrefix(id)).catch(() => undefined)
    throw error
  }
}

function tooMany(active: number, now: Date): Failure {
  return new Failure(
    'imports_too_many',
    `There are ${active} active import users jobs, please wait until some of them are finished and try again`,
    {
      headers: {
        'retry-after': String(RETRY_SECONDS),
        'x-ratelimit-limit': String(ACTIVE_IMPORTS_MAX),
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(unixSeconds(addSeconds(now, RETRY_SECONDS))),
      },
    },
  )
}
