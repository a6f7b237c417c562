import type { Clock } from '../domain/clock.ts'
import type { ExportRequest } from '../domain/export-request.ts'
import { Failure } from '../domain/failure.ts'
import { newJobId } from '../domain/ids.ts'
import type { Job } from '../domain/job.ts'
import type { JobStore } from '../jobs/job-store.ts'
import { checkExportRequest } from '../plan/check-request.ts'
import type { ConnectionStore } from '../users/connection-store.ts'

export interface RequestExportDeps {
  readonly jobs: JobStore
  readonly connections: ConnectionStore
  readonly clock: Clock
  /** Tells the worker that there is something to do; it would find out by itself a little later. */
  readonly wake: () => void
}

export interface ExportOrder {
  readonly request: ExportRequest
  /** Users of this connection alone; absent means of all. */
  readonly connectionId?: string
}

/** Takes an export order. Fails with `body_invalid` or `connection_unknown`; nothing is kept of a refused one. */
export async function requestExport(order: ExportOrder, deps: RequestExportDeps): Promise<Job> {
  checkExportRequest(order.request)
  const connection = await connectionOf(order, deps.connections)
  const job = {
    id: newJobId(),
    type: 'users_export',
    createdAt: deps.clock.now(),
    request: order.request,
    ...(connection === undefined ? {} : { connection }),
  } as const
  await deps.jobs.add(job)
  deps.wake()
  return { ...job, status: 'pending' }
}

async function connectionOf(
  order: ExportOrder,
  connections: ConnectionStore,
): Promise<{ id: string; name: string } | undefined> {
  if (order.connectionId === undefined) return undefined
  const connection = await connections.find(order.connectionId)
  if (connection === undefined) throw new Failure('connection_unknown', 'The connection does not exist.')
  return { id: connection.id, name: connection.name }
}
