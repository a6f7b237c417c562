import { newJobId } from '../domain/ids.ts'
import type { Job } from '../domain/job.ts'
import type { ClientKey, RequestKey } from '../domain/request-key.ts'
import { planExport } from '../plan/export-plan.ts'
import type { SizeGuess } from '../rows/row-source.ts'
import { type CheckOrderDeps, checkOrder, type ExportOrder } from './check-order.ts'
import { addJob, type RequestJobDeps } from './request-job.ts'
import { requestOnce } from './request-once.ts'

export interface RequestExportDeps extends RequestJobDeps, CheckOrderDeps {
  readonly sizes: SizeGuess
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
  const connection = await checkOrder(order, deps)
  const job = {
    id: newJobId(),
    type: 'users_export',
    createdAt: deps.clock.now(),
    request: order.request,
    ...connection,
    isSmall: await deps.sizes.isSmall(planExport(order.request, order)),
  } as const
  return addJob(job, key, deps)
}
