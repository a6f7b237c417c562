import { constants, getPriority, platform, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'

// The inside of every thread that thread.ts starts. Plain JavaScript, so that a thread starts from the source as it does
// from the build.

/**
 * @typedef {import('./messages.ts').ToThread} ToThread
 * @typedef {import('./messages.ts').FromThread} FromThread
 * @typedef {import('./messages.ts').ThreadWork} ThreadWork
 * @typedef {import('./messages.ts').PackedError} PackedError
 */

/**
 * Begins the work of this thread, and does as it is told. What it cannot begin fails the `ready` of the other side. An
 * error that nobody catches later ends the thread.
 *
 * @param {(order: any) => Promise<ThreadWork> | ThreadWork} begin
 */
export async function runThread(begin) {
  try {
    const work = await begin(workerData)
    parentPort?.on('message', (/** @type {ToThread} */ message) => answer(message, work))
    say({ kind: 'ready' })
  } catch (error) {
    say({ kind: 'failed', error: packed(error) })
  }
}

/**
 * @param {ToThread} message
 * @param {ThreadWork} work
 */
function answer(message, work) {
  switch (message.kind) {
    case 'wake':
      return work.wake?.()
    case 'hash': {
      const hash = work.hash?.(message.order)
      return hash === undefined ? undefined : say({ kind: 'hashed', hash })
    }
    case 'stop':
      // What cannot be stopped well ends the thread as an error that nobody has caught, and fails `stop` over there.
      return void work.stop().then(() => process.exit())
    default:
      return /** @type {never} */ (message)
  }
}

/** @param {FromThread} message */
function say(message) {
  parentPort?.postMessage(message)
}

/**
 * @param {unknown} error
 * @returns {PackedError}
 */
function packed(error) {
  if (!(error instanceof Error))
    return {
      name: 'Error',
      message: String(error),
      stack: undefined,
      code: undefined,
      cause: undefined,
      errors: undefined,
    }
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    code: 'code' in error ? String(error.code) : undefined,
    cause: error.cause === undefined ? undefined : packed(error.cause),
    errors: error instanceof AggregateError ? error.errors.map(packed) : undefined,
  }
}

// setpriority(2), notes: on Linux each thread has a priority of its own. Elsewhere it is the whole process's.
const NICER_BY = constants.priority.PRIORITY_BELOW_NORMAL
const NICE_MAX = constants.priority.PRIORITY_LOW

/** Lowers the priority of this thread, so that it takes no core from the thread of requests. On Linux alone. */
export function giveWay() {
  if (platform() !== 'linux') return
  try {
    setPriority(Math.min(getPriority() + NICER_BY, NICE_MAX))
  } catch {
    // A sandbox may forbid it: this thread is then as urgent as requests.
  }
}
