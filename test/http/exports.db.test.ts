import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ownLinks } from '../../src/download/link.ts'
import { addRoutes } from '../../src/http/add-routes.ts'
import { getJob } from '../../src/http/routes/get-job.ts'
import { postUsersExports } from '../../src/http/routes/post-users-exports.ts'
import { buildHttpServer } from '../../src/http/server.ts'
import type { JobStore } from '../../src/jobs/job-store.ts'
import { pgJobStore } from '../../src/jobs/pg-job-store.ts'
import { musterUsers } from '../../src/relations/muster-users.ts'
import { pgChangeLog } from '../../src/relations/pg-change-log.ts'
import { pgSizeGuess } from '../../src/rows/pg-size-guess.ts'
import { pgConnectionStore } from '../../src/users/pg-connection-store.ts'
import { type FixedClock, fixedClock } from '../fixtures/clock.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'
import { openTokens } from '../fixtures/open-tokens.ts'
import { newReceipt } from '../fixtures/receipts.ts'

const headers = { authorization: 'Bearer read:users' }

describe.each(ENGINES)('filtered exports over HTTP on $name', (engine) => {
  let opened: TestDatabase
  let app: FastifyInstance
  let jobs: JobStore
  let clock: FixedClock
  beforeAll(async () => {
    opened = await withDatabase(engine)
    const { database } = opened
    clock = fixedClock('2026-03-01T00:00:00.000Z')
    jobs = pgJobStore(database)
    const deps = {
      jobs,
      clock,
      connections: pgConnectionStore(database),
      changes: pgChangeLog(database),
      tokens: openTokens,
      mintLink: ownLinks({ publicUrl: 'http://127.0.0.1:3000', secret: Buffer.alloc(32, 1), clock }),
      wake: () => undefined,
      fieldsMax: 500,
      sizes: pgSizeGuess(database, musterUsers),
    }
    app = await buildHttpServer({
      log: pino({ enabled: false }),
      routes: [(to) => addRoutes(to, [postUsersExports, getJob], deps)],
    })
  })
  afterAll(async () => {
    await app.close()
    await opened.stop()
  })
  beforeEach(() => opened.database.query('delete from muster.forgotten_deletions'))

  async function post(payload: object) {
    const response = await app.inject({ method: 'POST', url: '/api/v2/jobs/users-exports', headers, payload })
    return { status: response.statusCode, body: response.json() as Record<string, unknown> }
  }

  test('an export job repeats q, since and sort as they came, and has until once completed', async () => {
    const asked = { format: 'json', q: 'email:a*', since: '2026-02-28T01:00:00+01:00', sort: 'email:-1' }
    const { status, body } = await post(asked)
    expect(status).toBe(200)
    expect(body).toEqual({
      type: 'users_export',
      status: 'pending',
      ...asked,
      created_at: '2026-03-01T00:00:00.000Z',
      id: body['id'],
    })
    const claim = await jobs.claim(clock.now(), 15)
    if (claim === undefined) throw new Error('expected a job')
    const until = '2026-03-01T00:00:01.234Z'
    const receipt = newReceipt({ until })
    await jobs.settle(claim, { kind: 'exported', objectKey: 'jobs/x/1/t.json.gz', receipt })
    const { payload } = await app.inject({ url: `/api/v2/jobs/${body['id']}`, headers })
    const job = JSON.parse(payload) as Record<string, unknown>
    expect(job).toMatchObject({ ...asked, status: 'completed', until })
    expect(Object.keys(job).slice(0, 8)).toEqual([
      'type',
      'status',
      'format',
      'q',
      'since',
      'sort',
      'bytes',
      'until',
    ])
  })

  test.each([
    ['yesterday', 'Not a moment such as 2026-01-31T12:00:00.000Z: yesterday'],
    ['2026-02-01T00:00:00', 'Not a moment such as 2026-01-31T12:00:00.000Z: 2026-02-01T00:00:00'],
    ['2026-02-30T00:00:00Z', 'Not a moment such as 2026-01-31T12:00:00.000Z: 2026-02-30T00:00:00Z'],
    [
      '2026-03-01T00:00:05.001Z',
      'A moment in the future: 2026-03-01T00:00:05.001Z, while it is 2026-03-01T00:00:00.000Z',
    ],
  ])('an export with since %s is refused with the reason', async (since, problem) => {
    const about = 'since (Only users added, changed or deleted after this moment (ISO 8601 with a zone))'
    expect(await post({ since })).toEqual({
      status: 400,
      body: {
        statusCode: 400,
        error: 'Bad Request',
        message: `Payload validation error: '${problem}' on property ${about}.`,
        errorCode: 'invalid_body',
      },
    })
  })

  test.each([
    ['email:(a OR', 11],
    ['blocked:maybe', 8],
    ['email:"a', 6],
    ['created_at:[2020 TO', 17],
  ])('an export with the query %s is refused with the position and the reason', async (q, position) => {
    const { status, body } = await post({ q })
    expect(status).toBe(400)
    expect(body['errorCode']).toBe('invalid_body')
    expect(body['message']).toMatch(
      new RegExp(
        `^Payload validation error: 'Cannot read the query at position ${position}: .+' on property q \\(Only users that this query finds\\)\\.$`,
      ),
    )
  })

  test('an export whose since is slightly ahead of the server’s clock is accepted', async () => {
    expect((await post({ since: '2026-03-01T00:00:05.000Z' })).status).toBe(200)
  })

  test('P11 an export that continues a chain whose deletions are forgotten is refused at the request', async () => {
    await opened.database.query(`insert into muster.forgotten_deletions (before) values ('2026-02-01Z')`)
    expect(await post({ format: 'json', since: '2026-01-31T23:59:59.999Z' })).toEqual({
      status: 409,
      body: {
        statusCode: 409,
        error: 'Conflict',
        message:
          'Deletions after 2026-01-31T23:59:59.999Z are forgotten. Export all users again and continue from there.',
        errorCode: 'changes_forgotten',
      },
    })
    expect((await post({ format: 'csv', since: '2026-01-31T23:59:59.999Z' })).status).toBe(200)
    expect((await post({ format: 'json', since: '2026-02-01T00:00:00.000Z' })).status).toBe(200)
  })

  test.each([
    [{ sort: 'name:1' }, 'No enum match for: name:1'],
    [{ sort: 'email:2' }, 'No enum match for: email:2'],
    [{ sort: 'email' }, 'No enum match for: email'],
    [{ sort: { email: 1 } }, 'Expected type string but found type object'],
    [{ q: '' }, 'String is too short (0 chars), minimum 1'],
    [{ q: 5 }, 'Expected type string but found type integer'],
    [{ since: 1767225600 }, 'Expected type string but found type integer'],
    [{ until: '2026-01-01T00:00:00Z' }, 'Additional properties not allowed: until'],
  ])('the export request %o is refused in the words of the validator', async (payload, problem) => {
    const { status, body } = await post(payload)
    expect(status).toBe(400)
    expect(body['message']).toContain(problem)
  })
})
