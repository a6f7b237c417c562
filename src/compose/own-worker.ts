import { newLog } from '../observe/log.ts'
import type { Worker } from '../work/worker.ts'
import { newClosers } from './closers.ts'
import { openJobEngine } from './postgres-engine.ts'
import type { WorkOrder } from './work-order.ts'
import { composeWorker } from './worker.ts'

export interface OwnWorkOrder extends WorkOrder {
  readonly databaseUrl: string
  readonly logLevel: string
}

export async function composeOwnWorker({ databaseUrl, logLevel, ...order }: OwnWorkOrder): Promise<Worker> {
  const closers = newClosers()
  try {
    const log = newLog(logLevel)
    const engine = await openJobEngine(databaseUrl, { config: order.config, log }, closers)
    const work = await composeWorker(order, { engine, log })
    closers.add(work.stop)
    return { wake: work.wake, stop: closers.closeAll }
  } catch (error) {
    // A closer that fails now must not hide why the start failed.
    await closers.closeAll().catch(() => undefined)
    throw error
  }
}
