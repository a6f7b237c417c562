import { beforeEach, describe, expect, test } from 'vitest'
import { JOB_LIFETIME_SECONDS, JOB_MEMORY_SECONDS } from '../../src/domain/job.ts'
import { findJob } from '../../src/flow/find-job.ts'
import { type JobsQuery, listJobs } from '../../src/flow/list-jobs.ts'
import type { JobStore } from '../../src/jobs/job-store.ts'
import { type FixedClock, fixedClock } from '../fixtures/clock.ts'
import { memoryJobStore } from '../fixtures/memory-job-store.ts'

let clock: FixedClock
let jobs: JobStore
beforeEach(async () => {
  clock = fixedClock('2026-01-01T00:00:00Z')
  jobs = memoryJobStore()
})

const connection = { id: 'con_0123456789abcdef', name: 'Users' }
const addExport = (id: string) =>
  jobs.add({ id, type: 'users_export', createdAt: clock.now(), connection, request: { format: 'csv' } })
const addImport = (id: string) =>
  jobs.add({
    id,
    type: 'users_import',
    createdAt: clock.now(),
    connection,
    request: { by: 'form', format: 'json', upsert: 'no', preserve: false, dryRun: false, objectKey: 'k' },
  })

async function list(query: Partial<JobsQuery>) {
  const { entries, next } = await listJobs({ take: 50, ...query }, { jobs, clock })
  return { ids: entries.map(({ id }) => id), statuses: entries.map(({ status }) => status), next }
}

describe('the list of jobs', () => {
  test('P23 a job of 24 hours is listed as expired before any sweep, also by its status', async () => {
    await addExport('job_old')
    clock.advance({ seconds: JOB_LIFETIME_SECONDS - 0.001 })
    expect(await list({ status: 'pending' })).toMatchObject({ ids: ['job_old'], statuses: ['pending'] })
    expect((await list({ status: 'expired' })).ids).toEqual([])
    clock.advance({ seconds: 0.001 })
    await addExport('job_new')
    expect((await list({ status: 'pending' })).ids).toEqual(['job_new'])
    expect(await list({ status: 'expired' })).toMatchObject({ ids: ['job_old'], statuses: ['expired'] })
    expect(await list({})).toMatchObject({ ids: ['job_new', 'job_old'], statuses: ['pending', 'expired'] })
    expect((await list({ connectionId: connection.id })).ids).toEqual(['job_new'])
    await jobs.markExpired('job_old')
    expect(await list({})).toMatchObject({ ids: ['job_new', 'job_old'], statuses: ['pending', 'expired'] })
    expect((await list({ status: 'expired' })).ids).toEqual(['job_old'])
  })

  test('P23 the list has exactly the jobs that can be got one by one, as old as they are', async () => {
    await addExport('job_1')
    const deps = { jobs, clock, mintLink: async () => '' }
    for (const seconds of [
      0,
      JOB_LIFETIME_SECONDS,
      JOB_MEMORY_SECONDS - JOB_LIFETIME_SECONDS - 0.001,
      0.001,
    ]) {
      clock.advance({ seconds })
      const found = await findJob('job_1', deps).catch(() => undefined)
      expect(await list({})).toMatchObject(
        found === undefined ? { ids: [] } : { ids: ['job_1'], statuses: [found.job.status] },
      )
    }
  })

  test('a running import is found by the status that the API shows', async () => {
    await addImport('job_import')
    await jobs.claim(clock.now(), 15)
    expect((await list({ status: 'processing' })).ids).toEqual([])
    expect((await list({ status: 'pending' })).ids).toEqual(['job_import'])
  })

  test('a page names the next one only if there is one, and goes on if its last job is gone', async () => {
    for (const id of ['job_1', 'job_2', 'job_3']) {
      await addExport(id)
      clock.advance({ seconds: 1 })
    }
    expect(await list({ take: 3 })).toEqual({ ids: ['job_3', 'job_2', 'job_1'], statuses: expect.anything() })
    const { ids, next = '' } = await list({ take: 2 })
    expect(ids).toEqual(['job_3', 'job_2'])
    await jobs.forget('job_2')
    expect(await list({ take: 2, from: next })).toEqual({ ids: ['job_1'], statuses: ['pending'] })
    expect((await list({ from: ' ' })).ids).toEqual(['job_3', 'job_1'])
  })

  test.each(['nothing', 'MTIz', Buffer.from('999999999999999.job_1').toString('base64url')])(
    'a checkpoint that no page has given out is refused: %s',
    async (from) => {
      await expect(list({ from })).rejects.toMatchObject({ code: 'paging_invalid' })
    },
  )

  test('a list between two timestamps has the jobs created between them', async () => {
    const moments: Date[] = []
    for (const id of ['job_1', 'job_2', 'job_3']) {
      moments.push(clock.now())
      await addExport(id)
      clock.advance({ seconds: 1 })
    }
    const [createdAfter, , createdBefore] = moments
    expect((await list({ createdAfter, createdBefore })).ids).toEqual(['job_2'])
    expect((await list({ createdAfter: createdBefore, createdBefore: createdAfter })).ids).toEqual([])
  })
})
