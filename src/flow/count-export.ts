import { planExport } from '../plan/export-plan.ts'
import type { Counted, UserCount } from '../rows/user-count.ts'
import { type CheckOrderDeps, checkOrder, type ExportOrder } from './check-order.ts'

export interface CountExportDeps extends CheckOrderDeps {
  readonly counts: UserCount
}

// A person waits for the number before the export is asked for.
const COUNT_SECONDS = 1.8

/**
 * How many users the export would hold, without a job. Fails as `requestExport` does, and with `reading_too_slow` if the
 * database is too busy for an estimate.
 */
export async function countExport(order: ExportOrder, deps: CountExportDeps): Promise<Counted> {
  await checkOrder(order, deps)
  return deps.counts.count(planExport(order.request, order), COUNT_SECONDS)
}
