import { constants, getPriority, platform, setPriority } from 'node:os'
import { parentPort, Worker, workerData } from 'node:worker_threads'
import { Failure, type FailureCode } from '../domain/failure.ts'

/** What goes on by itself until it is stopped. */
export interface Work {
  /** Has it look at the queue now. */
  wake(): void
  /** Resolves once it has ended, and fails when it does not end well. */
  stop(): Promise<void>
}

type Told = 'wake' | 'stop'

/** How it began. A Failure is taken apart, since threads hand each other data, not classes. */
type Beginning = { readonly failure?: { readonly code: FailureCode; readonly message: string } }

/**
 * Has the file at `entry`, which calls `workInThread`, work in a thread of its own: what holds up that event loop holds
 * up nobody here. Resolves once the work has begun, and fails as it fails to begin. `order` is plain data.
 * `onDeath` is told when the thread ends without having been stopped.
 */
export async function startWorkThread(
  entry: URL,
  order: unknown,
  onDeath: (error: unknown) => void,
): Promise<Work> {
  const thread = new Worker(entry, { workerData: order })
  const ended = endOf(thread)
  const begun = new Promise<Beginning>((resolve) => thread.once('message', resolve))
  const { failure } = await Promise.race([begun, ended.then(({ reason }) => rejected(reason))])
  if (failure !== undefined) throw new Failure(failure.code, failure.message)
  let stopped: Promise<void> | undefined
  void ended.then(({ reason }) => {
    if (stopped === undefined) onDeath(reason)
  })
  const tell = (what: Told): void => thread.postMessage(what)
  async function stop(): Promise<void> {
    tell('stop')
    const { isWell, reason } = await ended
    if (!isWell) throw reason
  }
  return {
    wake: () => tell('wake'),
    stop: () => {
      stopped ??= stop()
      return stopped
    },
  }
}

interface End {
  readonly isWell: boolean
  readonly reason: unknown
}

function endOf(thread: Worker): Promise<End> {
  return new Promise((resolve) => {
    let error: unknown
    thread.once('error', (thrown) => {
      error = thrown
    })
    thread.once('exit', (code) => {
      resolve({ isWell: code === 0, reason: error ?? new Error(`the thread ended with code ${code}`) })
    })
  })
}

function rejected(error: unknown): never {
  throw error
}

/**
 * The other side: begins the work of a thread that `startWorkThread` has started, and does as it is told. On Linux
 * it gives way to the process's other threads.
 */
export async function workInThread<Order>(begin: (order: Order) => Promise<Work>): Promise<void> {
  giveWay()
  const say = (beginning: Beginning): void => parentPort?.postMessage(beginning)
  try {
    const work = await begin(workerData)
    parentPort?.on('message', (told: Told) => {
      if (told === 'wake') return work.wake()
      // What cannot be stopped well ends the thread as an error that nobody has caught, and fails `stop` over there.
      void work.stop().then(() => process.exit())
    })
    say({})
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    say({ failure: { code: error.code, message: error.message } })
  }
}

// setpriority(2), notes: on Linux each thread has a priority of its own. Elsewhere it is the whole process's.
const NICER_BY = constants.priority.PRIORITY_BELOW_NORMAL
const NICE_MAX = constants.priority.PRIORITY_LOW

function giveWay(): void {
  if (platform() !== 'linux') return
  try {
    setPriority(Math.min(getPriority() + NICER_BY, NICE_MAX))
  } catch {
    // A sandbox may forbid it: work is then as urgent as requests.
  }
}
