import { afterEach, expect, test } from 'vitest'
import type { Job } from '../../src/domain/job.ts'
import { type JobWatch, newJobWatch } from '../../src/flow/watch-jobs.ts'
import type { JobStore } from '../../src/jobs/job-store.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { memoryJobStore } from '../fixtures/memory-job-store.ts'

const clock = fixedClock('2026-01-01T00:00:00Z')
let watch: JobWatch | undefined
afterEach(() => watch?.stop())

function watching(jobs: Pick<JobStore, 'findAll'>, errors: unknown[] = []): JobWatch {
  watch = newJobWatch({
    jobs,
    clock,
    everySeconds: 0.002,
    watchersMax: 3,
    onError: (error) => errors.push(error),
  })
  return watch
}

async function added(jobs: JobStore, id: string): Promise<void> {
  await jobs.add({ id, type: 'users_export', createdAt: clock.now(), request: { format: 'csv' } })
}

/** What a watcher has seen: the status of the job, undefined for a job that is gone, and `end`. */
function newWatcher() {
  const seen: (string | undefined)[] = []
  const see = (job: Job | undefined): void => void seen.push(job?.status)
  return { seen, see, end: () => void seen.push('end') }
}

test('P28 all watchers of all jobs share one look, and each sees its own job', async () => {
  const jobs = memoryJobStore()
  await added(jobs, 'job_1')
  await added(jobs, 'job_2')
  const looks: (readonly string[])[] = []
  const { watch } = watching({
    findAll: (ids) => {
      looks.push(ids)
      return jobs.findAll(ids)
    },
  })
  const [one, twin, other] = [newWatcher(), newWatcher(), newWatcher()]
  const leave = [watch('job_1', one), watch('job_1', twin), watch('job_2', other)]
  await expect.poll(() => other.seen.length).toBeGreaterThan(1)
  expect(new Set(looks.map((ids) => ids.join()))).toEqual(new Set(['job_1,job_2']))
  expect(new Set([...one.seen, ...twin.seen, ...other.seen])).toEqual(new Set(['pending']))
  await jobs.forget('job_1')
  await expect.poll(() => [one.seen.at(-1), twin.seen.at(-1)]).toEqual([undefined, undefined])
  expect(other.seen.at(-1)).toBe('pending')
  leave[0]?.()
  leave[1]?.()
  await expect.poll(() => looks.at(-1)).toEqual(['job_2'])
  leave[2]?.()
  const before = looks.length
  await new Promise((resolve) => setTimeout(resolve, 10))
  expect(looks.length - before).toBeLessThanOrEqual(1)
})

test('P28 the number of watchers is bounded, and a watcher that leaves makes place for one', () => {
  const { watch } = watching(memoryJobStore())
  const leave = [1, 2, 3].map(() => watch('job_1', newWatcher()))
  expect(() => watch('job_1', newWatcher())).toThrow(
    expect.objectContaining({ code: 'watchers_too_many', status: 429, headers: { 'retry-after': '5' } }),
  )
  leave[0]?.()
  leave[0]?.()
  watch('job_2', newWatcher())
  expect(() => watch('job_2', newWatcher())).toThrow('already watch')
})

test('P28 a look that fails is reported once, and later looks see the job again', async () => {
  const jobs = memoryJobStore()
  await added(jobs, 'job_1')
  const errors: unknown[] = []
  let failures = 0
  const { watch } = watching(
    {
      findAll: async (ids) => {
        if (failures++ < 3) throw new Error('no database')
        return jobs.findAll(ids)
      },
    },
    errors,
  )
  const watcher = newWatcher()
  watch('job_1', watcher)
  await expect.poll(() => watcher.seen.length).toBeGreaterThan(0)
  expect(errors).toEqual([new Error('no database')])
})

test('P28 a stop ends all watches, also those that begin later', async () => {
  const { watch, stop } = watching(memoryJobStore())
  const [early, late] = [newWatcher(), newWatcher()]
  watch('job_1', early)
  stop()
  expect(early.seen.at(-1)).toBe('end')
  watch('job_1', late)
  await expect.poll(() => late.seen).toEqual(['end'])
})

test('P28 the age of a watched job counts, not whether the sweeper has marked the job', async () => {
  const jobs = memoryJobStore()
  await added(jobs, 'job_1')
  const { watch } = watching(jobs)
  const watcher = newWatcher()
  watch('job_1', watcher)
  await expect.poll(() => watcher.seen.at(-1)).toBe('pending')
  clock.advance({ seconds: 24 * 3600 })
  await expect.poll(() => watcher.seen.at(-1)).toBe('expired')
})
