import type { Clock } from '../domain/clock.ts'
import { type ExportRequest, SORT_ATTRIBUTES } from '../domain/export-request.ts'
import { changesForgotten } from '../domain/failure.ts'
import { given } from '../domain/given.ts'
import type { ExportJob } from '../domain/job.ts'
import { isMoment } from '../domain/moment.ts'
import { invalidBody } from '../domain/refusal.ts'
import { parseSort } from '../domain/sort.ts'
import { tellsDeletions } from '../formats/formats.ts'
import { checkExportRequest } from '../plan/check-request.ts'
import type { ChangeLog } from '../relations/change-log.ts'
import type { Relation } from '../relations/relation.ts'
import type { Source } from '../relations/source.ts'
import { sourceProblem } from '../relations/source-limits.ts'
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
  /** Absent: all users are Muster's own. */
  readonly sources?: readonly Source[]
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
  const sources = sourcesOf(order, deps.sources ?? [])
  await checkSources(order, sources)
  // The users of a source alone: Muster has recorded none of their deletions.
  if (order.connectionId === undefined || sources.length === 0) await checkReach(order.request, deps.changes)
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

function sourcesOf({ connectionId }: ExportOrder, sources: readonly Source[]): readonly Source[] {
  return connectionId === undefined
    ? sources
    : sources.filter((source) => source.connectionId === connectionId)
}

async function checkSources(
  { connectionId, request }: ExportOrder,
  sources: readonly Source[],
): Promise<void> {
  if (sources.length === 0) return
  const { since, deletions, format } = request
  if (connectionId === undefined && request.sort !== undefined)
    throw invalidBody(
      'A file of the users of several databases cannot be sorted: name a connection_id, or leave this out',
      'sort',
    )
  if (since !== undefined && deletions !== 'ignore' && tellsDeletions(format))
    throw invalidBody(
      'The deleted users of a source are not known: send deletions: "ignore" for a file without any',
      'deletions',
    )
  if (since === undefined && request.sort === undefined) return
  const sort = request.sort === undefined ? undefined : parseSort(request.sort, SORT_ATTRIBUTES)
  const relations = await Promise.all(sources.map(relationNow))
  for (const [at, { name }] of sources.entries()) {
    const relation = relations[at]
    const found = relation && sourceProblem(name, relation, given({ sort, since }))
    if (found !== undefined) throw invalidBody(found.problem, found.property)
  }
}

// The source may be there again when the job runs, which checks the same.
async function relationNow(source: Source): Promise<Relation | undefined> {
  if ((await source.state()).kind !== 'reachable') return undefined
  return (await source.users()).relation
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
  if (request.since === undefined || request.deletions === 'ignore' || !tellsDeletions(request.format)) return
  const since = new Date(request.since)
  if (!(await changes.reachesBackTo(since))) throw changesForgotten(since)
}
