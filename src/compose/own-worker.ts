import type { See } from '../domain/seen.ts'
import { JOBS_CHANNEL } from '../jobs/pg-job-keys.ts'
import { newLog } from '../observe/log.ts'
import { watchThread } from '../observe/watch-thread.ts'
import { startListening } from '../pg/listen.ts'
import type { Worker } from '../work/worker.ts'
import { openAll } from './closers.ts'
import { openJobEngine } from './postgres-engine.ts'
import type { WorkOrder } from './work-order.ts'
import { composeWorker } from './worker.ts'

export interface OwnWorkOrder extends WorkOrder {
  readonly databaseUrl: string
  readonly logLevel: string
}

/** For a separate thread or process. The database wakes the worker when any process adds or deletes a job. */
export function composeOwnWorker(
  { databaseUrl, logLevel, ...order }: OwnWorkOrder,
  see: See,
): Promise<Pick<Worker, 'stop'>> {
  return openAll(async (closers) => {
    const log = newLog(logLevel)
    const engine = await openJobEngine(databaseUrl, { config: order.config, log }, closers)
    const { database: jobs, ledger } = engine
    if (order.isSeen) closers.add(watchThread('jobs', { jobs, ledger }, see))
    const work = closers.opened(await composeWorker(order, { engine, log, see }))
    const onNotice = (deletedId: string): void => (deletedId === '' ? work.wake() : work.drop(deletedId))
    const onLost = (err: unknown): void =>
      log.warn({ err }, 'the database cannot notify the worker: new and deleted jobs wait up to a second')
    closers.opened(startListening({ url: databaseUrl, channel: JOBS_CHANNEL, onNotice, onLost }))
    return {}
  })
}
