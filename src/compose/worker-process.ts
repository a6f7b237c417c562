import { loadLinkSecret } from '../tokens/signing-key.ts'
import { openBase } from './base.ts'
import { openAll } from './closers.ts'
import type { EngineDeps } from './engine.ts'
import { healthOf } from './health.ts'
import { observe } from './observe.ts'
import { composeOwnWorker } from './own-worker.ts'
import type { SharedConfig } from './shared.ts'
import { workOrderOf } from './work-order.ts'

/** Jobs run in the main thread here, because there are no requests that they could delay. */
export function composeWorkerProcess(
  config: SharedConfig,
  deps: EngineDeps,
): Promise<{ stop(): Promise<void> }> {
  const { databaseUrl, logLevel } = config
  return openAll(async (closers) => {
    // No client connects to a worker, so it needs no certificate, and no folder for one.
    const { engine, place, stores } = await openBase({ ...config, tls: undefined }, deps, closers)
    const verificationSecret = await loadLinkSecret(stores.secrets, 'verification-signing-key')
    const order = workOrderOf(config, place, verificationSecret)
    const health = healthOf(config, { database: engine.health, objects: stores.objects })
    const see = await observe(config, { ...deps, engine, ready: health.ready }, closers)
    closers.opened(await composeOwnWorker({ ...order, databaseUrl, logLevel }, see))
    closers.add(health.beginStop)
    return {}
  })
}
