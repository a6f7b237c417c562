import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { PoolUse, See, ThreadSeen } from '../domain/seen.ts'

const EVERY_MS = 1000
// The monitor wakes this often, and the delay that it reports includes this time.
const RESOLUTION_MS = 20

/** Reports the lag and the pools of this thread every second, until the returned function is called. */
export function watchThread(
  thread: ThreadSeen['thread'],
  pools: Readonly<Record<string, { use(): PoolUse }>>,
  see: See,
): () => void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  const timer = setInterval(() => {
    const uses = Object.entries(pools).map(([name, pool]) => [name, pool.use()] as const)
    const lagSeconds = Math.max(0, delay.max / 1e9 - RESOLUTION_MS / 1000)
    see({ kind: 'thread', thread, lagSeconds, pools: Object.fromEntries(uses) })
    delay.reset()
  }, EVERY_MS).unref()
  return () => {
    clearInterval(timer)
    delay.disable()
  }
}
