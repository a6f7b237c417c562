import { isDeepStrictEqual } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../src/domain/failure.ts'
import type { Run } from '../../src/flow/run.ts'
import type { Claim, JobStore, Outcome } from '../../src/jobs/job-store.ts'
import { progressOf } from '../../src/work/lease.ts'
import { type EndedRun, startWorker, type Worker, type WorkerOptions } from '../../src/work/worker.ts'
import { fixedClock, fixedStopwatch } from '../fixtures/clock.ts'
import { memoryJobStore } from '../fixtures/memory-job-store.ts'
import { newReceipt } from '../fixtures/receipts.ts'

let clock = fixedClock('2026-01-01T00:00:00Z')
let stopwatch = fixedStopwatch()
beforeEach(() => {
  clock = fixedClock('2026-01-01T00:00:00Z')
  stopwatch = fixedStopwatch()
})
const exported: Outcome = {
  kind: 'exported',
  objectKey: 'jobs/x/1/t.csv.gz',
  receipt: newReceipt(),
}
const options: WorkerOptions = {
  concurrency: 2,
  leaseSeconds: 15,
  renewSeconds: 0.005,
  pollSeconds: 60,
  graceSeconds: 0.05,
  endSeconds: 0.02,
  openingSeconds: 3600,
  stallSeconds: 600,
  retryPauses: [1, 5, 25],
}

let worker: Worker | undefined
afterEach(async () => {
  await worker?.stop()
})

interface Scene {
  readonly store: JobStore
  readonly errors: unknown[]
  readonly discarded: Outcome[]
  readonly settled: string[]
  add(): Promise<string>
}

function scene(
  run: (run: Run) => Promise<Outcome>,
  store: JobStore = memoryJobStore(),
  change: Partial<WorkerOptions> = {},
  seen: EndedRun[] = [],
): Scene {
  const errors: unknown[] = []
  const discarded: Outcome[] = []
  const settled: string[] = []
  let count = 0
  worker = startWorker(
    {
      jobs: store,
      clock,
      stopwatch,
      run: (_job, given) => run(given),
      discard: async (outcome) => void discarded.push(outcome),
      settled: async (job) => void settled.push(job.id),
      doneSoFar: async (job) => (job.type === 'users_import' ? store.importedSoFar(job.id) : undefined),
      onError: (error) => void errors.push(error),
      onEnd: (run) => void seen.push(run),
    },
    { ...options, ...change },
  )
  const add = async (): Promise<string> => {
    const id = `job_${++count}`
    await store.add({ id, type: 'users_export', createdAt: clock.now(), request: { format: 'csv' } })
    worker?.wake()
    return id
  }
  return { store, errors, discarded, settled, add }
}

async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve))
}

const statusIs = (store: JobStore, id: string, status: string) => async () =>
  (await store.find(id))?.status === status

describe('the worker', () => {
  test('a job that succeeds is completed, and the worker takes the next job by itself', async () => {
    const { store, add, settled } = scene(async () => exported)
    const ids = [await add(), await add(), await add(), await add()]
    for (const id of ids) await until(statusIs(store, id, 'completed'))
    await until(() => settled.length === ids.length)
    expect(settled.sort()).toEqual(ids)
  })

  test('a worker runs no more jobs at once than allowed', async () => {
    let running = 0
    let most = 0
    const { store, add } = scene(async () => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setImmediate(resolve))
      running--
      return exported
    })
    const ids = await Promise.all(Array.from({ length: 6 }, add))
    for (const id of ids) await until(statusIs(store, id, 'completed'))
    expect(most).toBeLessThanOrEqual(2)
  })

  test('P19 a stop hands a job back even if a claim waits behind the job in the only session', async () => {
    const store = memoryJobStore()
    let ended = (): void => undefined
    const end = new Promise<void>((resolve) => {
      ended = resolve
    })
    let isRunning = false
    const oneSession: JobStore = {
      ...store,
      claim: async (...words) => {
        if (isRunning) await end
        return store.claim(...words)
      },
    }
    const { add } = scene(({ signal }) => {
      isRunning = true
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          ended()
          reject(signal.reason)
        })
      })
    }, oneSession)
    const id = await add()
    await until(() => isRunning)
    await worker?.stop()
    expect(await store.find(id)).toMatchObject({ status: 'pending' })
  })

  test('a lasting failure fails the job with its reason, and an internal error without details', async () => {
    const reasons = [new Failure('import_unreadable', 'The file is no JSON.'), new TypeError('x is secret')]
    const { store, add, errors } = scene(async () => {
      throw reasons.shift()
    })
    const first = await add()
    await until(statusIs(store, first, 'failed'))
    const second = await add()
    await until(statusIs(store, second, 'failed'))
    expect(await store.find(first)).toMatchObject({ statusDetails: 'The file is no JSON.' })
    expect(await store.find(second)).toMatchObject({
      statusDetails: 'Internal error.',
      failureCode: 'internal',
    })
    expect(errors).toHaveLength(2)
  })

  test('P19 a passing failure is tried again after growing pauses, then fails the job with its reason', async () => {
    const { store, add, errors } = scene(async () => {
      throw new Failure('database_unavailable', 'The database has no free connection.')
    })
    const id = await add()
    for (const [at, pause] of options.retryPauses.entries()) {
      await until(async () => errors.length === at + 1 && (await statusIs(store, id, 'pending')()))
      expect(await store.find(id)).toMatchObject({
        statusDetails: expect.stringContaining('The database has no free connection.'),
      })
      clock.advance({ seconds: pause - 0.1 })
      expect(await store.claim(clock.now(), 15)).toBeUndefined()
      clock.advance({ seconds: 0.1 })
      worker?.wake()
    }
    await until(statusIs(store, id, 'failed'))
    expect(errors).toHaveLength(options.retryPauses.length + 1)
    expect(await store.find(id)).toMatchObject({ statusDetails: 'The database has no free connection.' })
  })

  test('a postponed job does not delay another job', async () => {
    let runs = 0
    const { store, add } = scene(
      async () => {
        if (runs++ === 0) throw new Failure('object_store_unavailable', 'The disk is full.')
        return exported
      },
      memoryJobStore(),
      { concurrency: 1 },
    )
    const waiting = await add()
    await until(() => runs === 1)
    await until(statusIs(store, waiting, 'pending'))
    const next = await add()
    await until(statusIs(store, next, 'completed'))
    expect((await store.find(waiting))?.status).toBe('pending')
  })

  test('a job whose workers crashed five times is given up with the stored batches counted, and keeps its files', async () => {
    const batches = [{ inserted: 7 }, { inserted: 5 }]
    const store = memoryJobStore({ batches: new Map([['job_import', batches]]) })
    const outcomes: Outcome[] = []
    const noted: JobStore = {
      ...store,
      settle: (claim, outcome) => {
        outcomes.push(outcome)
        return store.settle(claim, outcome)
      },
    }
    const job = {
      id: 'job_import',
      type: 'users_import',
      createdAt: clock.now(),
      request: {
        by: 'stream',
        format: 'ndjson',
        upsert: 'no',
        preserve: false,
        dryRun: false,
        objectKey: 'jobs/x/import/users',
      },
    } as const
    await store.add(job)
    for (let crashes = 0; crashes < 5; crashes++) {
      expect((await store.claim(clock.now(), 15))?.crashes).toBe(crashes)
      clock.advance({ seconds: 15 })
    }
    scene(async () => exported, noted)
    await until(statusIs(store, job.id, 'failed'))
    expect(outcomes).toMatchObject([{ kind: 'failed', keepsFiles: true }])
    expect(await store.find(job.id)).toMatchObject({
      statusDetails: 'The job was started 5 times and never finished.',
      summary: { failed: 0, updated: 0, inserted: 12, total: 12 },
    })
  })

  test('P5 a run that hangs loses its job, which is tried again, even if the run never ends', async () => {
    let runs = 0
    let report = (_fraction: number): void => undefined
    const { store, add, errors } = scene(async (run) => {
      report = run.report
      if (runs++ > 0) return exported
      return new Promise(() => undefined)
    })
    const id = await add()
    await until(() => runs === 1)
    stopwatch.advance({ seconds: options.openingSeconds - 1 })
    report(0)
    stopwatch.advance({ seconds: options.stallSeconds - 1 })
    await until(statusIs(store, id, 'processing'))
    report(0.5)
    stopwatch.advance({ seconds: options.stallSeconds })
    await until(statusIs(store, id, 'pending'))
    expect(errors).toMatchObject([{ code: 'job_stalled' }])
    clock.advance({ seconds: 1 })
    worker?.wake()
    await until(statusIs(store, id, 'completed'))
  })

  test('a stop does not wait for a run that never ends, and hands its job back', async () => {
    const { store, add } = scene(() => new Promise(() => undefined))
    const id = await add()
    await until(statusIs(store, id, 'processing'))
    await worker?.stop()
    expect((await store.find(id))?.status).toBe('pending')
  })

  test('a lane claims only jobs of its own kind', async () => {
    const store = memoryJobStore()
    const mail = { id: 'job_mail', type: 'verification_email', request: { userId: 'auth0|1' } } as const
    await store.add({ ...mail, createdAt: clock.now() })
    const { add } = scene(async () => exported, store, { lane: { type: 'users_export' } })
    await until(statusIs(store, await add(), 'completed'))
    expect((await store.find(mail.id))?.status).toBe('pending')
  })

  test('P5 a worker that loses its job stops, settles nothing, and removes the files of its run', async () => {
    let signal: AbortSignal | undefined
    const { store, add } = scene(async (run) => {
      signal = run.signal
      await new Promise((resolve) => run.signal.addEventListener('abort', resolve))
      throw run.signal.reason
    })
    const id = await add()
    await until(() => signal !== undefined)
    await store.markExpired(id)
    await until(() => signal?.aborted === true)
    expect((await store.find(id))?.status).toBe('expired')
  })

  test('P24 a worker whose job was deleted stops at its next renewal, logs no failure, and takes the next job', async () => {
    let signal: AbortSignal | undefined
    const { store, add, errors, settled } = scene(async (run) => {
      if (signal !== undefined) return exported
      signal = run.signal
      await new Promise((resolve) => run.signal.addEventListener('abort', resolve))
      throw run.signal.reason
    })
    const deleted = await add()
    await until(() => signal !== undefined)
    expect(await store.forget(deleted)).toBe(true)
    await until(() => signal?.aborted === true)
    const next = await add()
    await until(() => settled.length === 1)
    expect([settled, errors, await store.find(deleted)]).toEqual([[next], [], undefined])
  })

  test('P24 a worker stops a deleted job without a renewal when the notice of the deletion comes, and other jobs go on', async () => {
    const seen: EndedRun[] = []
    const signals: AbortSignal[] = []
    const { store, add, errors } = scene(
      async (run) => {
        signals.push(run.signal)
        await new Promise((resolve) => run.signal.addEventListener('abort', resolve))
        throw run.signal.reason
      },
      memoryJobStore(),
      { renewSeconds: 3600 },
      seen,
    )
    const [deleted, stays] = [await add(), await add()]
    await until(() => signals.length === 2)
    await store.forget(deleted)
    worker?.drop('job_unknown')
    worker?.drop(deleted)
    await until(() => seen.length === 1)
    expect(seen).toMatchObject([{ job: { id: deleted }, end: 'lost' }])
    expect([signals.map(({ aborted }) => aborted), errors]).toEqual([[true, false], []])
    expect((await store.find(stays))?.status).toBe('processing')
  })

  test('P24 a run that ends although its job is lost has its file discarded', async () => {
    const { store, add, discarded } = scene(async (run) => {
      await new Promise((resolve) => run.signal.addEventListener('abort', resolve))
      return exported
    })
    const id = await add()
    await until(statusIs(store, id, 'processing'))
    await store.forget(id)
    await until(() => discarded.length === 1)
    expect(discarded).toEqual([exported])
  })

  test('P24 a run that fails because its job was deleted is not logged as a failure', async () => {
    let fail = (): void => undefined
    let count = 0
    const { store, add, errors, settled } = scene(
      () =>
        count++ > 0
          ? Promise.resolve(exported)
          : new Promise((_, reject) => {
              fail = () => reject(new Failure('import_unreadable', 'The users file is gone.'))
            }),
      memoryJobStore(),
      { renewSeconds: 3600, concurrency: 1 },
    )
    const id = await add()
    await until(() => count === 1)
    await store.forget(id)
    fail()
    await add()
    await until(() => settled.length === 1)
    expect(errors).toEqual([])
  })

  test('P24 a worker that settles after its job was deleted discards the file', async () => {
    let finish = (): void => undefined
    const { store, add, discarded, errors } = scene(
      () =>
        new Promise((resolve) => {
          finish = () => resolve(exported)
        }),
      memoryJobStore(),
      { renewSeconds: 3600 },
    )
    const id = await add()
    await until(statusIs(store, id, 'processing'))
    await store.forget(id)
    finish()
    await until(() => discarded.length === 1)
    expect([discarded, errors]).toEqual([[exported], []])
  })

  test('P5 a file is discarded if its job was lost just before the end', async () => {
    const store = memoryJobStore()
    const { add, discarded } = scene(async () => exported, { ...store, settle: async () => false })
    await add()
    await until(() => discarded.length === 1)
    expect(discarded).toEqual([exported])
  })

  test('a job that is claimed during a stop is handed back', async () => {
    const store = memoryJobStore()
    let isClaimed = false
    let runs = 0
    let answer = (): void => undefined
    const answered = new Promise<void>((resolve) => {
      answer = resolve
    })
    const run = async (): Promise<Outcome> => {
      runs++
      return exported
    }
    const claim: JobStore['claim'] = async (...asked) => {
      const claimed = await store.claim(...asked)
      isClaimed = claimed !== undefined
      if (isClaimed) await answered
      return claimed
    }
    const { add } = scene(run, { ...store, claim })
    const id = await add()
    await until(() => isClaimed)
    const stopped = worker?.stop()
    answer()
    await stopped
    expect([(await store.find(id))?.status, runs]).toEqual(['pending', 0])
  })

  test('a stop lets a short job finish and hands a long job back', async () => {
    let isEnding = false
    const { store, add } = scene(async (run) => {
      if (run.fence === 1 && !isEnding) {
        isEnding = true
        return exported
      }
      await new Promise((resolve) => run.signal.addEventListener('abort', resolve))
      throw run.signal.reason
    })
    const short = await add()
    const long = await add()
    await until(statusIs(store, long, 'processing'))
    await worker?.stop()
    expect((await store.find(short))?.status).toBe('completed')
    expect((await store.find(long))?.status).toBe('pending')
  })

  test('P31 each run is reported once, with its end and the seconds of its phases', async () => {
    const seen: EndedRun[] = []
    let runs = 0
    const { store, add } = scene(
      async (run) => {
        if (runs++ === 0) throw new Failure('object_store_unavailable', 'The disk is full.')
        stopwatch.advance({ seconds: 2 })
        run.report(0.5)
        stopwatch.advance({ seconds: 8 })
        run.report(1, { users: 7, bytes: 900 })
        return exported
      },
      memoryJobStore(),
      {},
      seen,
    )
    const id = await add()
    await until(() => seen.length === 1)
    clock.advance({ seconds: 1 })
    worker?.wake()
    await until(() => seen.length === 2)
    expect(await store.find(id)).toMatchObject({ status: 'completed' })
    expect(seen.map(({ end, outcome }) => [end, outcome])).toEqual([
      ['retried', undefined],
      ['completed', exported],
    ])
    expect(seen[1]?.bytes).toBe(900)
    expect(seen[1]?.seconds).toEqual({ waiting: 1, opening: 2, running: 8, settling: 0 })
  })

  test('P31 a run is reported as lost, failed, broken or handed back', async () => {
    const seen: EndedRun[] = []
    const store = memoryJobStore()
    const ends: (() => Promise<Outcome>)[] = [
      async () => {
        await store.markExpired('job_1')
        return exported
      },
      async () => {
        throw new TypeError('x')
      },
      async () => ({ ...exported, objectKey: 'unsettled' }),
    ]
    const settle: JobStore['settle'] = async (claim, outcome) => {
      if (outcome.kind === 'exported' && outcome.objectKey === 'unsettled')
        throw new Failure('database_unavailable', 'down')
      return store.settle(claim, outcome)
    }
    const run = (given: Run): Promise<Outcome> => {
      const next = ends.shift()
      return next?.() ?? new Promise((_, reject) => given.signal.addEventListener('abort', reject))
    }
    const { add } = scene(run, { ...store, settle }, { concurrency: 1 }, seen)
    for (let at = 0; at < 4; at++) await add()
    await until(statusIs(store, 'job_4', 'processing'))
    await worker?.stop()
    expect(seen.map(({ end }) => end)).toEqual(['lost', 'failed', 'broken', 'handed_back'])
  })

  test.each(['a renewal that finds another fence', 'a lease that ends while the database is down'])(
    'P31 a run that loses its job by %s is reported as lost',
    async (how) => {
      const seen: EndedRun[] = []
      const store = memoryJobStore()
      const renew: JobStore['renew'] = async (claim, now, lease) => {
        if (how === 'a renewal that finds another fence')
          return store.renew({ ...claim, fence: 0 }, now, lease)
        stopwatch.advance({ seconds: options.leaseSeconds })
        throw new Failure('database_unavailable', 'down')
      }
      const run = async ({ signal }: Run): Promise<Outcome> => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        throw signal.reason
      }
      const { add } = scene(run, { ...store, renew }, { concurrency: 1 }, seen)
      await add()
      await until(() => seen.length > 0)
      expect(seen[0]?.end).toBe('lost')
    },
  )

  test('a queue that cannot be read is logged and read again', async () => {
    const store = memoryJobStore()
    let isDown = true
    const claim = async (now: Date, lease: number): Promise<Claim | undefined> => {
      if (isDown) throw new Failure('database_unavailable', 'down')
      return store.claim(now, lease)
    }
    const { add, errors } = scene(async () => exported, { ...store, claim })
    const id = await add()
    await until(() => errors.length > 0)
    isDown = false
    worker?.wake()
    await until(statusIs(store, id, 'completed'))
  })
})

test('P28 users and bytes that a run reports are stored with the renewals, with the average rate', async () => {
  let end = (): void => undefined
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const { store, add } = scene(async ({ report }) => {
    clock.advance({ seconds: 4 })
    report(0.5, { users: 1000, total: 2000, bytes: 777 })
    await ended
    return exported
  })
  const id = await add()
  const amounts = { users: 1000, total: 2000, bytes: 777, usersPerSecond: 250 }
  const progress = { percentageDone: 50, timeLeftSeconds: 4, amounts }
  await until(async () =>
    isDeepStrictEqual((await store.find(id)) ?? {}, { ...(await store.find(id)), progress }),
  )
  end()
  await until(statusIs(store, id, 'completed'))
})

test('the time left is estimated from the pace so far, in whole seconds', () => {
  const start = new Date('2026-01-01T00:00:00Z')
  const now = new Date('2026-01-01T00:00:10Z')
  expect(progressOf({ fraction: 0 }, start, now)).toEqual({ percentageDone: 0 })
  expect(progressOf({ fraction: 0.25 }, start, now)).toEqual({ percentageDone: 25, timeLeftSeconds: 30 })
  expect(progressOf({ fraction: 0.999 }, start, now)).toEqual({ percentageDone: 99, timeLeftSeconds: 1 })
})
