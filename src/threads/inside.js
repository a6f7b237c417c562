import { constants, getPriority, platform, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'

// Runs inside every thread that thread.ts starts. It is plain JavaScript, so that Node can start a thread from the
// source and from the build.

/**
 * @typedef {import('./messages.ts').ToThread} ToThread
 * @typedef {import('./messages.ts').FromThread} FromThread
 * @typedef {import('./messages.ts').ThreadWork} ThreadWork
 * @typedef {import('./messages.ts').PackedError} PackedError
 */

/**
 * Begins the work of this thread and answers messages. If the work cannot begin, `ready` in thread.ts fails. Later, an
 * error that nobody catches ends the thread.
 *
 * @param {(order: any, see: import('../domain/seen.ts').See) => Promise<ThreadWork> | ThreadWork} begin
 */
export async function runThread(begin) {
  try {
    const work = await begin(workerData, (seen) => say({ kind: 'seen', seen }))
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
    case 'hash': {
      const hash = work.hash?.(message.order)
      return hash === undefined ? undefined : say({ kind: 'hashed', hash })
    }
    case 'stop':
      // If `stop` fails, nobody catches the error. So it ends the thread, and `stop` in thread.ts fails.
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
  if (!(error instanceof Error)) return packed(new Error(String(error)))
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    code: 'code' in error ? String(error.code) : undefined,
    cause: error.cause === undefined ? undefined : packed(error.cause),
    errors: error instanceof AggregateError ? error.errors.map(packed) : undefined,
  }
}

// On Linux each thread has a nice value (setpriority(2), notes). Elsewhere the whole process has one.
const NICER_BY = constants.priority.PRIORITY_BELOW_NORMAL
const NICE_MAX = constants.priority.PRIORITY_LOW

/** Lowers the priority of this thread below that of the HTTP thread, so that requests stay fast. Only on Linux. */
export function giveWay() {
  if (platform() !== 'linux') return
  try {
    setPriority(Math.min(getPriority() + NICER_BY, NICE_MAX))
  } catch {
    // A sandbox may forbid it. Then this thread has the priority of requests.
  }
}
