import { pino } from 'pino'
import { expect, test } from 'vitest'
import { addRoutes } from '../../src/http/add-routes.ts'
import { deleteJob } from '../../src/http/routes/delete-job.ts'
import { buildHttpServer } from '../../src/http/server.ts'
import type { NewJob } from '../../src/jobs/job-store.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { memoryJobStore } from '../fixtures/memory-job-store.ts'
import { memoryObjectStore } from '../fixtures/memory-object-store.ts'
import { openTokens } from '../fixtures/open-tokens.ts'

const clock = fixedClock('2026-01-01T00:00:00Z')
const createdAt = clock.now()
const reading = { by: 'form', format: 'json', upsert: 'no', preserve: false, dryRun: false } as const
const JOBS: readonly [scope: string, job: NewJob][] = [
  ['read:users', { id: 'job_1', type: 'users_export', createdAt, request: { format: 'csv' } }],
  ['create:users', { id: 'job_2', type: 'users_import', createdAt, request: { ...reading, objectKey: 'k' } }],
  ['update:users', { id: 'job_3', type: 'verification_email', createdAt, request: { userId: 'auth0|1' } }],
]

test.each(JOBS)(
  'P24 a job that %s creates is deleted by a token with that scope alone',
  async (scope, job) => {
    const jobs = memoryJobStore()
    await jobs.add(job)
    const deps = { jobs, objects: memoryObjectStore(), clock, drop: () => undefined, tokens: openTokens }
    const log = pino({ enabled: false })
    const app = await buildHttpServer({ log, routes: [(to) => addRoutes(to, [deleteJob], deps)] })
    const send = async (scopes: string) => {
      const headers = { authorization: `Bearer ${scopes}` }
      return (await app.inject({ method: 'DELETE', url: `/api/v2/jobs/${job.id}`, headers })).statusCode
    }
    const others = ['read:users', 'create:users', 'update:users', 'delete:users'].filter(
      (each) => each !== scope,
    )
    expect(await send(others.join(' '))).toBe(403)
    expect((await jobs.find(job.id))?.status).toBe('pending')
    expect(await send(scope)).toBe(204)
    expect(await send(scope)).toBe(404)
    await app.close()
  },
)
