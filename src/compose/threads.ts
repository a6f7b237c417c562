import { startWorkThread, type Work } from '../work/thread.ts'
import type { Engine } from './engine.ts'
import type { OwnWorkOrder } from './own-worker.ts'
import type { WorkDeps } from './runners.ts'
import type { WorkOrder } from './work-order.ts'
import { composeWorker } from './worker.ts'

export interface StartWorkDeps extends WorkDeps {
  readonly engine: Engine
  readonly logLevel: string
  readonly onDeath: (error: unknown) => void
}

/** Starts what runs jobs, in the thread that the engine asks for. */
export function startWork(order: WorkOrder, deps: StartWorkDeps): Promise<Work> {
  const { jobs } = deps.engine
  switch (jobs.runIn) {
    case 'this thread':
      return composeWorker(order, deps)
    // So no request waits for the event loop of jobs.
    case 'a thread': {
      const { databaseUrl } = jobs
      const ownOrder: OwnWorkOrder = { ...order, databaseUrl, logLevel: deps.logLevel }
      return startWorkThread(new URL('./work-thread.js', import.meta.url), ownOrder, deps.onDeath)
    }
    default:
      return jobs satisfies never
  }
}
