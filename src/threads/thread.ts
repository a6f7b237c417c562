import { Worker } from 'node:worker_threads'
import { FAILURES, Failure, type FailureCode } from '../domain/failure.ts'
import type { FromThread, PackedError, ToThread } from './messages.ts'

/** A thread of this process. */
export interface Thread {
  /** Resolves once the thread works, and fails as it fails to begin. */
  readonly ready: Promise<void>
  /** What it is told before it works waits until then. */
  tell(message: ToThread): void
  /** Resolves once the thread has ended, and fails when it does not end well. */
  stop(): Promise<void>
  /** Whether the thread keeps the process alive. */
  keepProcess(isKept: boolean): void
}

export interface ThreadOptions {
  /** Plain data, which the thread begins with. Only what it needs: no secret that is not its own. */
  readonly order?: unknown
  /** How long it may take to stop; then it is ended as a kill would. Absent means as long as it takes. */
  readonly stopSeconds?: number
  readonly onHash?: (hash: Uint8Array | string) => void
  /** Called when the thread ends without having been stopped, once it works. */
  readonly onDeath: (reason: unknown) => void
}

/** Starts a thread with the file at `entry`, which calls `runThread`: what holds up its event loop holds up nobody here. */
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
        default:
          return message satisfies never
      }
    })
    void end.then(({ reason }) => reject(reason))
  })
  // Whoever waits for it hears of it.
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
      // How it ended before has been reported.
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

// An error that nobody listens for would end the process.
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
