import { startThread } from '../threads/thread.ts'
import type { Worker } from '../work/worker.ts'
import type { Engine, EngineDeps } from './engine.ts'
import type { OwnWorkOrder } from './own-worker.ts'
import type { WorkDeps } from './runners.ts'
import type { WorkOrder } from './work-order.ts'
import { composeWorker } from './worker.ts'

export interface StartWorkDeps extends WorkDeps, Pick<EngineDeps, 'onDeath'> {
  readonly engine: Engine
  readonly logLevel: string
}

export function startWork(order: WorkOrder, deps: StartWorkDeps): Promise<Worker> {
  const { jobs } = deps.engine
  switch (jobs.runIn) {
    case 'this thread':
      return composeWorker(order, deps)
    // With its own event loop, because requests must not wait while a job computes.
    case 'a thread': {
      const { databaseUrl } = jobs
      return startWorkThread({ ...order, databaseUrl, logLevel: deps.logLevel }, deps)
    }
    default:
      return jobs satisfies never
  }
}

async function startWorkThread(order: OwnWorkOrder, { onDeath, see }: StartWorkDeps): Promise<Worker> {
  const thread = startThread(new URL('./work-thread.js', import.meta.url), {
    order,
    onSeen: see,
    onDeath: (reason) => onDeath('jobs', reason),
  })
  await thread.ready
  // The thread needs no calls, because the database notifies it of new and deleted jobs.
  return { wake: () => undefined, drop: () => undefined, stop: thread.stop }
}
