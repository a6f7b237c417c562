import { loadLinkSecret } from '../tokens/signing-key.ts'
import { openBase } from './base.ts'
import { newClosers } from './closers.ts'
import type { EngineDeps } from './engine.ts'
import { composeOwnWorker } from './own-worker.ts'
import type { SharedConfig } from './shared.ts'
import { workOrderOf } from './work-order.ts'

/** Jobs run in the main thread here, because there are no requests that they could delay. */
export async function composeWorkerProcess(
  config: SharedConfig,
  deps: EngineDeps,
): Promise<{ stop(): Promise<void> }> {
  const { databaseUrl, logLevel } = config
  const closers = newClosers()
  try {
    // Nobody connects to it, so it needs no certificate, and no folder for one.
    const { place, stores } = await openBase({ ...config, tls: undefined }, deps, closers)
    const verificationSecret = await loadLinkSecret(stores.secrets, 'verification-signing-key')
    const order = workOrderOf(config, place, verificationSecret)
    const work = await composeOwnWorker({ ...order, databaseUrl, logLevel })
    closers.add(work.stop)
    return { stop: closers.closeAll }
  } catch (error) {
    // A closer that fails now must not hide why the start failed.
    await closers.closeAll().catch(() => undefined)
    throw error
  }
}
