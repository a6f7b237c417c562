import type { Clock } from '../domain/clock.ts'
import type { ExportRequest } from '../domain/export-request.ts'
import { changesForgotten } from '../domain/failure.ts'
import type { ExportJob } from '../domain/job.ts'
import { isMoment } from '../domain/moment.ts'
import { tellsDeletions } from '../formats/formats.ts'
import { checkExportRequest } from '../plan/check-request.ts'
import type { ChangeLog } from '../relations/change-log.ts'
import type { ConnectionStore } from '../users/connection-store.ts'
import { knownConnection } from './request-job.ts'

export interface ExportOrder {
  readonly request: ExportRequest
  readonly connectionId?: string | undefined
}

export interface CheckOrderDeps {
  readonly connections: ConnectionStore
  readonly changes: Pick<ChangeLog, 'isRecorded' | 'reachesBackTo'>
  readonly clock: Clock
  readonly fieldsMax: number
}

/**
 * Refuses what no job can export, also for a count and a preview. Fails with `body_invalid`, `connection_unknown` or
 * `changes_forgotten`.
 */
export async function checkOrder(
  order: ExportOrder,
  deps: CheckOrderDeps,
): Promise<Pick<ExportJob, 'connection'>> {
  const latest = await latestMoment(order.request, deps.clock.now(), deps.changes)
  checkExportRequest(order.request, { now: latest, fieldsMax: deps.fieldsMax })
  const connection = await connectionOf(order, deps)
  await checkReach(order.request, deps.changes)
  return connection
}

async function connectionOf(
  { connectionId }: ExportOrder,
  { connections }: CheckOrderDeps,
): Promise<Pick<ExportJob, 'connection'>> {
  if (connectionId === undefined) return {}
  const { id, name } = knownConnection(await connections.find(connectionId))
  return { connection: { id, name } }
}

// A `since` in the future is refused, except the `until` of an earlier export: if the clock was set back after that
// export, its chain must go on.
async function latestMoment(
  { since }: ExportRequest,
  now: Date,
  changes: CheckOrderDeps['changes'],
): Promise<Date> {
  const moment = since !== undefined && isMoment(since) ? new Date(since) : undefined
  if (moment === undefined || moment <= now) return now
  return (await changes.isRecorded(moment)) ? moment : now
}

// The job would fail for the same reason. If the request is refused, the client learns the reason at once.
async function checkReach(request: ExportRequest, changes: CheckOrderDeps['changes']): Promise<void> {
  if (request.since === undefined || !tellsDeletions(request.format)) return
  const since = new Date(request.since)
  if (!(await changes.reachesBackTo(since))) throw changesForgotten(since)
}
