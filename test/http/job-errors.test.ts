import assert from 'node:assert'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { beforeEach, describe, expect, test } from 'vitest'
import { newJobId } from '../../src/domain/ids.ts'
import type { PlacedError } from '../../src/domain/job.ts'
import { addRoutes } from '../../src/http/add-routes.ts'
import { getJob } from '../../src/http/routes/get-job.ts'
import { getJobErrors } from '../../src/http/routes/get-job-errors.ts'
import { buildHttpServer } from '../../src/http/server.ts'
import type { JobStore, Outcome } from '../../src/jobs/job-store.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { memoryJobStore } from '../fixtures/memory-job-store.ts'
import { openTokens } from '../fixtures/open-tokens.ts'
import { newReceipt } from '../fixtures/receipts.ts'

const clock = fixedClock('2026-01-01T00:00:00Z')
const summary = { failed: 1, updated: 0, inserted: 0, total: 1 }
const imported = { kind: 'imported', summary } as const

function refusal(position: number): PlacedError {
  // In an order that jsonb would give them.
  const errors = [{ code: 'FORMAT', path: '#/email', message: 'm' }]
  // Gaps, since most users of a file are fine.
  return { position: position * 3, error: { line: position, user: { email: `${position}` }, errors } }
}

const mintLink = async (key: string): Promise<string> => `http://x/downloads/${key}?signed`

test('a job shows the link to its export only to a client with read:users', async () => {
  const jobs = memoryJobStore()
  const id = newJobId()
  await jobs.add({ id, type: 'users_export', createdAt: clock.now(), request: { format: 'csv' } })
  const claim = await jobs.claim(clock.now(), 60)
  assert(claim !== undefined)
  await jobs.settle(claim, { kind: 'exported', objectKey: 'jobs/a.csv.gz', receipt: newReceipt() })
  const deps = { jobs, clock, tokens: openTokens, mintLink, publicUrl: 'http://x' }
  const app = await buildHttpServer({
    log: pino({ enabled: false }),
    routes: [(to) => addRoutes(to, [getJob, getJobErrors], deps)],
  })
  const locationFor = async (scope: string) => {
    const headers = { authorization: `Bearer ${scope}` }
    const response = await app.inject({ url: `/api/v2/jobs/${id}`, headers })
    expect(response.json()).toMatchObject({ id, status: 'completed' })
    return response.json().location
  }
  expect(await locationFor('create:users')).toBeUndefined()
  expect(await locationFor('read:users')).toMatch(/^http:\/\/x\/downloads\/jobs\/a\.csv\.gz\?/)
  expect(await locationFor('create:users read:users')).toBeDefined()
  await app.close()
})

describe('GET /api/v2/jobs/{id}/errors', () => {
  let jobs: JobStore
  let app: FastifyInstance
  beforeEach(async () => {
    jobs = memoryJobStore()
    const deps = { jobs, clock, tokens: openTokens, mintLink, publicUrl: 'http://x' }
    app = await buildHttpServer({
      log: pino({ enabled: false }),
      routes: [(to) => addRoutes(to, [getJob, getJobErrors], deps)],
    })
  })

  async function newImport(count: number, outcome?: Outcome): Promise<string> {
    const id = newJobId()
    const request = {
      by: 'stream',
      format: 'ndjson',
      upsert: 'no',
      preserve: false,
      dryRun: false,
      objectKey: 'k',
    } as const
    await jobs.add({ id, type: 'users_import', createdAt: clock.now(), request })
    const claim = await jobs.claim(clock.now(), 60)
    await jobs.addErrors(id, Array.from({ length: count }, (_, at) => refusal(at)).reverse())
    if (claim !== undefined && outcome !== undefined) await jobs.settle(claim, outcome)
    return id
  }

  test('an import that runs has the status pending for its clients', async () => {
    const id = await newImport(0)
    const shown = await app.inject({
      url: `/api/v2/jobs/${id}`,
      headers: { authorization: 'Bearer read:users' },
    })
    expect((await jobs.find(id))?.status).toBe('processing')
    expect(shown.json()).toMatchObject({ status: 'pending', percentage_done: 0 })
  })

  async function get(id: string, query = '') {
    const url = `/api/v2/jobs/${id}/errors${query}`
    const answer = await app.inject({ url, headers: { authorization: 'Bearer read:users' } })
    return { status: answer.statusCode, link: answer.headers.link, body: answer.body && answer.json() }
  }

  test('the errors of an import with up to 1,000 refused users are an array, each with its line', async () => {
    const { status, link, body } = await get(await newImport(1000, imported))
    expect([status, link, body.length]).toEqual([200, undefined, 1000])
    expect(body[7]).toEqual(refusal(7).error)
    expect([Object.keys(body[7]), Object.keys(body[7].errors[0])]).toEqual([
      ['user', 'errors', 'line'],
      ['code', 'message', 'path'],
    ])
  })

  test('a job reports the number of incomplete users, and omits a number of zero', async () => {
    const summaryOf = async (of: object) => {
      const id = await newImport(0, { kind: 'imported', summary: { ...summary, ...of } })
      const headers = { authorization: 'Bearer read:users' }
      return (await app.inject({ url: `/api/v2/jobs/${id}`, headers })).json().summary
    }
    expect(await summaryOf({})).toEqual(summary)
    expect(await summaryOf({ incomplete: 2 })).toEqual({ ...summary, incomplete: 2 })
  })

  test('the errors of a larger import are the first 1,000 and a link to the next page', async () => {
    const id = await newImport(2500, imported)
    const first = await get(id)
    expect(first.body).toHaveLength(1000)
    const collected = [...first.body]
    let next = /^<http:\/\/x(.*)>; rel="next"$/.exec(String(first.link))?.[1]
    while (next !== undefined) {
      const { body } = await get(id, next.slice(next.indexOf('?')))
      collected.push(...body.errors)
      next = body.next && `?from=${body.next}&take=700`
    }
    expect(collected).toEqual(Array.from({ length: 2500 }, (_, at) => refusal(at).error))
  })

  test('the errors of an import come in pages with from or take, and the last page has no next', async () => {
    const id = await newImport(3, imported)
    const { body } = await get(id, '?take=2')
    expect(body).toEqual({ errors: [refusal(0).error, refusal(1).error], next: expect.any(String) })
    expect((await get(id, `?from=${body.next}`)).body).toEqual({ errors: [refusal(2).error] })
    expect((await get(await newImport(0, imported), '?take=5')).body).toEqual({ errors: [] })
    const refused = await Promise.all([get(id, '?take=0'), get(id, '?take=1001'), get(id, '?from=nonsense')])
    expect(refused.map(({ status, body: { errorCode } }) => [status, errorCode])).toEqual([
      [400, 'invalid_query_string'],
      [400, 'invalid_query_string'],
      [400, 'invalid_paging'],
    ])
  })

  test('a failed import shows its refused users, or itself if no user was refused', async () => {
    const failed = { kind: 'failed', details: 'broken', summary } as const
    expect((await get(await newImport(1, failed))).body).toEqual([refusal(0).error])
    const id = await newImport(0, failed)
    for (const query of ['', '?take=5'])
      expect((await get(id, query)).body).toEqual({
        type: 'users_import',
        status: 'failed',
        summary,
        status_details: 'broken',
        created_at: '2026-01-01T00:00:00.000Z',
        id,
      })
  })

  test('the errors of an import get 204 if there are none or the import still runs', async () => {
    expect((await get(await newImport(0, imported))).status).toBe(204)
    expect((await get(await newImport(5))).status).toBe(204)
    expect((await get('job_unknown')).body.message).toBe('The job does not exist')
  })
})
