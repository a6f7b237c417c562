import type { ExportRequest } from '../domain/export-request.ts'
import { changesForgotten } from '../domain/failure.ts'
import { newJobId } from '../domain/ids.ts'
import type { ExportJob, Job } from '../domain/job.ts'
import { isMoment } from '../domain/moment.ts'
import type { ClientKey, RequestKey } from '../domain/request-key.ts'
import { tellsDeletions } from '../formats/formats.ts'
import { checkExportRequest } from '../plan/check-request.ts'
import { planExport } from '../plan/export-plan.ts'
import type { ChangeLog } from '../relations/change-log.ts'
import type { SizeGuess } from '../rows/row-source.ts'
import { addJob, knownConnection, type RequestJobDeps } from './request-job.ts'
import { requestOnce } from './request-once.ts'

export interface RequestExportDeps extends RequestJobDeps {
  readonly changes: Pick<ChangeLog, 'isRecorded' | 'reachesBackTo'>
  readonly sizes: SizeGuess
  readonly fieldsMax: number
}

export interface ExportOrder {
  readonly request: ExportRequest
  readonly connectionId?: string | undefined
}

/**
 * Fails with `body_invalid`, `connection_unknown`, `changes_forgotten` or `idempotency_key_reused`, and then stores
 * nothing.
 */
export function requestExport(order: ExportOrder, deps: RequestExportDeps, key?: ClientKey): Promise<Job> {
  const asked = { type: 'users_export', order }
  return requestOnce({ key, asked }, deps, (requestKey) => takeOrder(order, deps, requestKey))
}

async function takeOrder(
  order: ExportOrder,
  deps: RequestExportDeps,
  key: RequestKey | undefined,
): Promise<Job | undefined> {
  const now = deps.clock.now()
  const latest = await latestMoment(order.request, now, deps.changes)
  checkExportRequest(order.request, { now: latest, fieldsMax: deps.fieldsMax })
  const connection = await connectionOf(order, deps)
  await checkReach(order.request, deps.changes)
  const job = {
    id: newJobId(),
    type: 'users_export',
    createdAt: now,
    request: order.request,
    ...connection,
    isSmall: await deps.sizes.isSmall(planExport(order.request, order)),
  } as const
  return addJob(job, key, deps)
}

async function connectionOf(
  { connectionId }: ExportOrder,
  { connections }: RequestExportDeps,
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
  changes: RequestExportDeps['changes'],
): Promise<Date> {
  const moment = since !== undefined && isMoment(since) ? new Date(since) : undefined
  if (moment === undefined || moment <= now) return now
  return (await changes.isRecorded(moment)) ? moment : now
}

// The job would fail for the same reason. If the request is refused, the client learns the reason at once.
async function checkReach(request: ExportRequest, changes: RequestExportDeps['changes']): Promise<void> {
  if (request.since === undefined || !tellsDeletions(request.format)) return
  const since = new Date(request.since)
  if (!(await changes.reachesBackTo(since))) throw changesForgotten(since)
}
