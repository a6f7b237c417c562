import { constants, platform, setPriority } from 'node:os'
import { parentPort, Worker, workerData } from 'node:worker_threads'
import { Failure, type FailureCode } from '../domain/failure.ts'

/** What goes on by itself until it is stopped. */
export interface Work {
  /** Has it look at the queue now. */
  wake(): void
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
  const { failure } = await Promise.race([begun, ended.then(rejected)])
  if (failure !== undefined) throw new Failure(failure.code, failure.message)
  let isStopping = false
  void ended.then((error) => isStopping || onDeath(error))
  const tell = (what: Told): void => thread.postMessage(what)
  return {
    wake: () => tell('wake'),
    stop: async () => {
      isStopping = true
      tell('stop')
      await ended
    },
  }
}

// Resolves, with the reason, when the thread has ended.
function endOf(thread: Worker): Promise<unknown> {
  return new Promise((resolve) => {
    let reason: unknown
    thread.once('error', (error) => {
      reason = error
    })
    thread.once('exit', (code) => resolve(reason ?? new Error(`the thread ended with code ${code}`)))
  })
}

function rejected(error: unknown): never {
  throw error
}

/**
 * The other side: begins the work of a thread that `startWorkThread` has started, and does as it is told. On Linux
 * it gives way, with the programs that it starts, to everything else that wants a core.
 */
export async function workInThread<Order>(begin: (order: Order) => Promise<Work>): Promise<void> {
  giveWay()
  const say = (beginning: Beginning): void => parentPort?.postMessage(beginning)
  try {
    const work = await begin(workerData)
    parentPort?.on('message', (told: Told) => {
      if (told === 'wake') return work.wake()
      // What cannot be stopped well ends the thread as an error that nobody has caught.
      void work.stop().then(() => process.exit())
    })
    say({})
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    say({ failure: { code: error.code, message: error.message } })
  }
}

// setpriority(2), notes: on Linux each thread has a priority of its own. Elsewhere it is the whole process's.
function giveWay(): void {
  if (platform() !== 'linux') return
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // A sandbox may forbid it: work is then as urgent as requests.
  }
}
