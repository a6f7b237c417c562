import { Failure } from '../domain/failure.ts'
import type { BcryptOrder, HashOrder, ScryptOrder } from '../threads/messages.ts'
import { startThread, type Thread } from '../threads/thread.ts'

/**
 * Two queues for one thread. Anyone can send secrets to be checked, but only a client with a token can make a new hash.
 * So `make` goes first, and a flood of wrong secrets does not stop it.
 */
export type Lane = 'make' | 'check'

/**
 * Hashes in a separate thread, one at a time, so that no export, download or request waits for a hash. `scrypt` and
 * `bcrypt` fail with `hashes_too_many` if too many orders wait in the lane.
 */
export interface Hasher {
  scrypt(order: Omit<ScryptOrder, 'kind'>, lane: Lane): Promise<Uint8Array>
  bcrypt(order: Omit<BcryptOrder, 'kind'>): Promise<string>
  stop(): Promise<void>
}

interface Waiting {
  readonly order: HashOrder
  readonly resolve: (hash: unknown) => void
  readonly reject: (error: unknown) => void
}

// A hash takes 0.1 to 0.2 s, so the last of these waits about three seconds.
const WAITING_MAX = 16
const HASHES_A_SECOND = 5
// A thread keeps about 10 MB and starts in 30 ms, so a short idle time is enough.
const IDLE_SECONDS = 30

/** The thread starts with the first order, and ends after IDLE_SECONDS without one, since hashes are rare. */
export function newHasher(waitingMax = WAITING_MAX): Hasher {
  const lanes: Record<Lane, Waiting[]> = { make: [], check: [] }
  let thread: Thread | undefined
  let current: Waiting | undefined
  let idle: NodeJS.Timeout | undefined

  const next = (): void => {
    if (current !== undefined) return
    current = lanes.make.shift() ?? lanes.check.shift()
    clearTimeout(idle)
    if (current === undefined) {
      rest()
      return
    }
    thread ??= startHashThread((hash) => settle(({ resolve }) => resolve(hash)), onDeath)
    thread.keepProcess(true)
    thread.tell({ kind: 'hash', order: current.order })
  }
  const settle = (settleOne: (waiting: Waiting) => void): void => {
    const settled = current
    current = undefined
    if (settled !== undefined) settleOne(settled)
    next()
  }
  const onDeath = (error: unknown): void => {
    thread = undefined
    settle(({ reject }) => reject(error))
  }
  // An idle thread must not keep the process alive.
  const rest = (): void => {
    thread?.keepProcess(false)
    idle = setTimeout(() => void end(), IDLE_SECONDS * 1000).unref()
  }
  const end = async (): Promise<void> => {
    clearTimeout(idle)
    const ended = thread
    thread = undefined
    await ended?.stop()
  }
  const add = (order: HashOrder, lane: Lane): Promise<unknown> => {
    if (lanes[lane].length >= waitingMax) throw tooManyHashes(waitingMax)
    return new Promise((resolve, reject) => {
      lanes[lane].push({ order, resolve, reject })
      next()
    })
  }
  return {
    scrypt: async (order, lane) => (await add({ kind: 'scrypt', ...order }, lane)) as Uint8Array,
    bcrypt: async (order) => (await add({ kind: 'bcrypt', ...order }, 'make')) as string,
    stop: end,
  }
}

function startHashThread(
  onHash: (hash: Uint8Array | string) => void,
  onDeath: (reason: unknown) => void,
): Thread {
  const entry = new URL('./hash-thread.js', import.meta.url)
  const thread = startThread(entry, { stopSeconds: 0, onHash, onDeath })
  thread.ready.catch(onDeath)
  return thread
}

function tooManyHashes(waiting: number): Failure {
  return new Failure(
    'hashes_too_many',
    `Too many secrets and passwords wait to be hashed (${waiting}). Try again in a moment.`,
    { headers: { 'retry-after': String(Math.ceil(waiting / HASHES_A_SECOND)) } },
  )
}
