import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newJobWatch } from '../../src/flow/watch-jobs.ts'
import { addRoutes } from '../../src/http/add-routes.ts'
import { getJobEvents } from '../../src/http/routes/get-job-events.ts'
import { buildHttpServer } from '../../src/http/server.ts'
import type { Claim, JobStore } from '../../src/jobs/job-store.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { readEvents } from '../fixtures/job-events.ts'
import { memoryJobStore } from '../fixtures/memory-job-store.ts'
import { openTokens } from '../fixtures/open-tokens.ts'
import { newReceipt } from '../fixtures/receipts.ts'

const clock = fixedClock('2026-01-01T00:00:00Z')
const completed = {
  kind: 'exported',
  objectKey: 'jobs/job_1/1/t.csv.gz',
  receipt: newReceipt(),
} as const

let jobs: JobStore
let app: Awaited<ReturnType<typeof buildHttpServer>>
let url: string
let claim: Claim
beforeEach(async () => {
  jobs = memoryJobStore()
  const watch = newJobWatch({ jobs, clock, everySeconds: 0.002, watchersMax: 2, onError: () => undefined })
  const deps = { jobs, clock, watch, heartbeatSeconds: 0.002, tokens: openTokens }
  const log = pino({ enabled: false })
  app = await buildHttpServer({ log, routes: [(to) => addRoutes(to, [getJobEvents], deps)] })
  url = `${await app.listen({ port: 0, host: '127.0.0.1' })}/api/v2/jobs/job_1/events`
  await jobs.add({ id: 'job_1', type: 'users_export', createdAt: clock.now(), request: { format: 'csv' } })
  const claimed = await jobs.claim(clock.now(), 15)
  if (claimed === undefined) throw new Error('no job to claim')
  claim = claimed
})
afterEach(() => app.close())

const leaving = new AbortController()
const ask = (headers: Record<string, string> = {}, init: RequestInit = {}) =>
  fetch(url, { headers: { authorization: 'Bearer read:users', ...headers }, ...init })

test('P28 the events of a job are its progress, each once, and its end with the job and without the link', async () => {
  const response = await ask()
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
  expect(response.headers.get('cache-control')).toBe('no-store')
  const { events, text, ended } = readEvents(response)
  const beginning = { status: 'processing', percentage_done: 0, users: 0, bytes: 0 }
  await expect.poll(() => events).toEqual([{ id: 'processing-0-0', event: 'progress', data: beginning }])
  const amounts = { users: 400, total: 1000, bytes: 77, usersPerSecond: 200 }
  const progress = { percentageDone: 40, timeLeftSeconds: 3, amounts }
  await jobs.renew(claim, clock.now(), { seconds: 15, progress })
  const data = {
    status: 'processing',
    percentage_done: 40,
    users: 400,
    total: 1000,
    bytes: 77,
    users_per_second: 200,
    time_left_seconds: 3,
  }
  await expect.poll(() => events.at(-1)).toEqual({ id: 'processing-400-77', event: 'progress', data })
  await expect.poll(() => text().split('\n\n').at(-2)).toBe(':')
  await jobs.settle(claim, completed)
  const end = await ended
  const total = completed.receipt.rows
  const shown = { id: 'job_1', status: 'completed', summary: { total } }
  expect(end).toMatchObject({ id: 'completed', event: 'end', data: shown })
  expect(end?.data).not.toHaveProperty('location')
  expect(events).toHaveLength(3)
})

test('P28 a job that is deleted while a client watches ends the events with the status deleted', async () => {
  const { events, ended } = readEvents(await ask())
  await expect.poll(() => events).toHaveLength(1)
  await jobs.forget('job_1')
  expect(await ended).toEqual({ id: 'deleted', event: 'end', data: { status: 'deleted', id: 'job_1' } })
  expect((await ask()).status).toBe(404)
})

test('P28 a client that comes back with Last-Event-ID gets no event again, and 204 after the end', async () => {
  const amounts = { users: 1, bytes: 2, usersPerSecond: 1 }
  await jobs.renew(claim, clock.now(), { seconds: 15, progress: { percentageDone: 1, amounts } })
  const { events, text, ended } = readEvents(await ask({ 'last-event-id': 'processing-1-2' }))
  await expect.poll(text).toContain(':\n\n')
  expect(events).toEqual([])
  await jobs.settle(claim, { kind: 'failed', details: 'broken' })
  expect(await ended).toMatchObject({ id: 'failed', data: { status_details: 'broken' } })
  expect(events).toHaveLength(1)
  expect((await ask({ 'last-event-id': 'failed' })).status).toBe(204)
  expect(await readEvents(await ask({ 'last-event-id': 'processing-1-2' })).ended).toMatchObject({
    id: 'failed',
  })
})

test('P28 events need the scopes of GET of the job, and HEAD opens no stream', async () => {
  expect((await ask({ authorization: 'Bearer update:users' })).status).toBe(403)
  for (let count = 0; count < 3; count++) expect((await ask({}, { method: 'HEAD' })).status).toBe(200)
})

test('P28 more clients than places get 429, and a client that leaves frees its place', async () => {
  const one = await ask({}, { signal: leaving.signal })
  const two = readEvents(await ask())
  const refused = await ask()
  expect([one.status, refused.status, refused.headers.get('retry-after')]).toEqual([200, 429, '5'])
  leaving.abort()
  const open = async (): Promise<number> => {
    const response = await ask()
    if (response.status === 200) void readEvents(response)
    return response.status
  }
  await expect.poll(open).toBe(200)
  await jobs.settle(claim, completed)
  expect(await two.ended).toMatchObject({ id: 'completed' })
})
