import { sharedConfig } from '../compose/shared.ts'
import { composeWorkerProcess } from '../compose/worker-process.ts'
import { begin, type Options, say, stopOnSignals } from './begin.ts'

export function worker(options: Options): Promise<void> {
  return begin(options, async (config, deps) => {
    const { stop } = await composeWorkerProcess(sharedConfig(config, 'muster worker'), deps)
    stopOnSignals(stop, deps.log)
    say(options, 'The worker is ready.', { ready: true })
  })
}
