import { expect, test } from 'vitest'
import type { ExportJob } from '../../src/domain/job.ts'
import { renderJob } from '../../src/http/render-job.ts'
import { newReceipt } from '../fixtures/receipts.ts'

const job: ExportJob = {
  id: 'job_1',
  type: 'users_export',
  status: 'processing',
  createdAt: new Date('2026-01-01T00:00:00Z'),
  request: { format: 'csv' },
}
const amounts = { users: 5, total: 12, bytes: 1, usersPerSecond: 3 }
const progress = { percentageDone: 41, amounts }

test('an export shows its total as soon as the total is known, and how many users are done in its events only', () => {
  expect(renderJob(job)).not.toHaveProperty('summary')
  const running = renderJob({ ...job, progress })
  expect(running).toMatchObject({ percentage_done: 41, summary: { total: 12 } })
  expect(JSON.stringify(running)).not.toContain('users"')
  const waiting = renderJob({ ...job, status: 'pending', progress })
  expect(waiting).not.toHaveProperty('summary')
  const receipt = newReceipt({ rows: 7, counted: 7 })
  expect(renderJob({ ...job, status: 'completed', receipt })).toMatchObject({ summary: { total: 7 } })
})

test('a failed job shows the code of its failure', () => {
  const failed = renderJob({ ...job, status: 'failed', statusDetails: 'Why.', failureCode: 'job_stalled' })
  expect(failed).toMatchObject({ status_details: 'Why.', error_code: 'job_stalled' })
})

test('a completed export shows the size of its file, and a running one does not', () => {
  expect(renderJob({ ...job, progress })).not.toHaveProperty('bytes')
  const receipt = newReceipt({ bytes: 321 })
  expect(renderJob({ ...job, status: 'completed', receipt })).toMatchObject({ bytes: 321 })
})
