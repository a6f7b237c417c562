import { composeWorkWithOwnPool } from './compose-work.ts'
import { systemClock } from './domain/clock.ts'
import { newLog } from './observe/log.ts'
import { workInThread } from './work/thread.ts'

// The thread in which jobs run beside PostgreSQL. Plain JavaScript, so that it starts from the source as it does
// from the build.

await workInThread((/** @type {import('./compose-work.ts').WorkOrder} */ order) =>
  composeWorkWithOwnPool(order, { clock: systemClock, log: newLog(order.config.logLevel) }),
)
