import { Worker } from 'node:worker_threads'
import { FAILURES, Failure, type FailureCode } from '../domain/failure.ts'
import type { See } from '../domain/seen.ts'
import type { FromThread, PackedError, ToThread } from './messages.ts'

export interface Thread {
  /** Fails with the error of the thread if the work cannot begin. */
  readonly ready: Promise<void>
  /** A message that comes before the work has begun waits until then. */
  tell(message: ToThread): void
  /** Resolves when the thread has ended. Fails if the thread ends with an error. */
  stop(): Promise<void>
  /** With `false` the process may end while the thread is idle. A new thread keeps the process alive. */
  keepProcess(isKept: boolean): void
}

export interface ThreadOptions {
  /** Plain data. It holds no secret that the thread does not need. */
  readonly order?: unknown
  /** A thread that takes longer to stop is ended as by a kill. If absent, `stop` waits without a limit. */
  readonly stopSeconds?: number
  readonly onHash?: (hash: Uint8Array | string) => void
  readonly onSeen?: See
  /** Called if the thread ends after `ready` without a call of `stop`, so its work is missing from now on. */
  readonly onDeath: (reason: unknown) => void
}

export function startThread(entry: URL, options: ThreadOptions): Thread {
  const worker = new Worker(entry, { workerData: options.order })
  const end = endOf(worker)
  let isReady = false
  let isOver = false
  let stopped: Promise<void> | undefined
  const ready = new Promise<void>((resolve, reject) => {
    worker.on('message', (message: FromThread) => {
      switch (message.kind) {
        case 'ready':
          isReady = true
          return resolve()
        case 'failed':
          isOver = true
          reject(unpacked(message.error))
          return void worker.terminate()
        case 'hashed':
          return options.onHash?.(message.hash)
        case 'seen':
          return options.onSeen?.(message.seen)
        default:
          return message satisfies never
      }
    })
    void end.then(({ reason }) => reject(reason))
  })
  // Callers that wait for `ready` get the error. Without any, it must not end the process.
  ready.catch(() => undefined)
  void end.then(({ reason }) => {
    isOver = true
    if (isReady && stopped === undefined) options.onDeath(reason)
  })
  const tell = (message: ToThread): void => worker.postMessage(message)
  return {
    ready,
    tell,
    stop: () => {
      // `ready` or `onDeath` has already reported how the thread ended, so `stop` must not fail for it again.
      stopped ??= isOver ? end.then(() => undefined) : stop(worker, end, options.stopSeconds)
      return stopped
    },
    keepProcess: (isKept) => (isKept ? worker.ref() : worker.unref()),
  }
}

async function stop(worker: Worker, end: Promise<End>, seconds: number | undefined): Promise<void> {
  let isCut = false
  const late =
    seconds === undefined
      ? undefined
      : setTimeout(() => {
          isCut = true
          void worker.terminate()
        }, seconds * 1000)
  worker.postMessage({ kind: 'stop' } satisfies ToThread)
  const { isWell, reason } = await end
  clearTimeout(late)
  if (!isWell && !isCut) throw reason
}

interface End {
  readonly isWell: boolean
  readonly reason: unknown
}

// Without a listener, an error of the thread would end the whole process.
function endOf(worker: Worker): Promise<End> {
  return new Promise((resolve) => {
    let error: unknown
    worker.once('error', (thrown) => {
      error = thrown
    })
    worker.once('exit', (code) => {
      resolve({ isWell: code === 0, reason: error ?? new Error(`the thread ended with code ${code}`) })
    })
  })
}

function unpacked({ name, message, stack, code, ...more }: PackedError): Error {
  const options = more.cause === undefined ? {} : { cause: unpacked(more.cause) }
  if (name === 'Failure' && isFailureCode(code)) return new Failure(code, message, options)
  const error =
    more.errors === undefined
      ? new Error(message, options)
      : new AggregateError(more.errors.map(unpacked), message, options)
  return Object.assign(error, { name, stack, ...(code === undefined ? {} : { code }) })
}

function isFailureCode(code: string | undefined): code is FailureCode {
  return code !== undefined && Object.hasOwn(FAILURES, code)
}
