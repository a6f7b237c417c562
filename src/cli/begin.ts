import type { EngineDeps } from '../compose/engine.ts'
import { type Config, readConfig } from '../config.ts'
import { systemClock } from '../domain/clock.ts'
import { type Log, newLog } from '../observe/log.ts'
import { startProblem } from './start-problem.ts'

export type Options = Readonly<Record<string, unknown>>

// docs/operations.md promises an exit within 10 s of SIGTERM. Another worker takes over a job that hangs.
const STOP_MS = 9_500

/** Supervisors act on the exit code: it is 1 if the command cannot begin, or loses a thread. */
export async function begin(
  options: Options,
  work: (config: Config, deps: EngineDeps) => Promise<void>,
): Promise<void> {
  let dataDir: string | undefined
  try {
    const config = readConfig(options)
    dataDir = config.dataDir
    const log = newLog(config.logLevel)
    const onDeath = (thread: string, error: unknown): void => {
      log.fatal({ err: error }, `the thread that runs ${thread} has ended`)
      process.exit(1)
    }
    await work(config, { clock: systemClock, log, onDeath })
  } catch (error) {
    process.stderr.write(`${startProblem(error, dataDir)}\n`)
    process.exit(1)
  }
}

/** The exit code is 0, or 1 if the process cannot stop cleanly or in time. */
export function stopOnSignals(stop: () => Promise<void>, log: Log): void {
  let isStopping = false
  const end = (signal: string): void => {
    if (isStopping) return
    isStopping = true
    log.info({ signal }, 'stopping')
    setTimeout(() => process.exit(1), STOP_MS).unref()
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'could not stop cleanly')
        process.exit(1)
      },
    )
  }
  process.once('SIGTERM', end)
  process.once('SIGINT', end)
}

/** Sentences for people, or with --json a line of JSON for scripts. The log goes to standard error. */
export function say({ json }: Options, text: string, members: object): void {
  process.stdout.write(`${json === true ? JSON.stringify(members) : text}\n`)
}
