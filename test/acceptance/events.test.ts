import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readEvents } from '../fixtures/job-events.ts'
import {
  type Api,
  apiOf,
  discard,
  ENGINES,
  firstConnectionId,
  newDatabaseOn,
  type Server,
  startServer,
} from './harness.ts'

describe.each(ENGINES)('the events of a job on %s', (engine) => {
  let database: Awaited<ReturnType<typeof newDatabaseOn>>
  let server: Server
  let api: Api
  beforeAll(async () => {
    database = await newDatabaseOn(engine)
    server = await startServer(database === undefined ? {} : { databaseUrl: database.url })
    api = await apiOf(server)
  })
  afterAll(async () => {
    await discard(server)
    await database?.stop()
  })

  const made = async (): Promise<string> =>
    ((await (await api.post('jobs/users-exports', {})).json()) as { id: string }).id

  test('P28 the events of an import end with its summary', async () => {
    const response = await api.import(await firstConnectionId(api), [{ email: 'a@events.example' }])
    const { id } = (await response.json()) as { id: string }
    const { ended } = readEvents(await api.get(`jobs/${id}/events`))
    expect(await ended).toMatchObject({ id: 'completed', data: { summary: { total: 1, inserted: 1 } } })
  })

  test('P28 the events of an export end with the job as GET shows the job, and the stream ends', async () => {
    const id = await made()
    const { events, ended } = readEvents(await api.get(`jobs/${id}/events`))
    const end = await ended
    const { location: _, ...shown } = await api.job(id, 'completed')
    expect(end).toEqual({ id: 'completed', event: 'end', data: shown })
    expect(shown['summary']).toEqual({ total: 1 })
    expect(events.slice(0, -1).every(({ event }) => event === 'progress')).toBe(true)
  })

  test('P28 an unknown job has no events', async () => {
    expect((await api.get('jobs/job_0000000000000000/events')).status).toBe(404)
  })

  test.runIf(engine === 'postgres')(
    'P28 a job that another process works on has the same events, and SIGTERM ends them without an end of the job',
    async () => {
      const client = new pg.Client({ connectionString: database?.url ?? '' })
      await client.connect()
      const id = await made()
      await api.job(id, 'completed')
      // What a worker in another process would write.
      const amounts = { users: 5, total: 10, bytes: 99, usersPerSecond: 5 }
      await client.query(
        `update muster.jobs set status = 'processing', leased_until = now() + interval '14 seconds',
           percentage_done = 50, amounts = $2 where id = $1`,
        [id, amounts],
      )
      const { events, ended } = readEvents(await api.get(`jobs/${id}/events`))
      const data = { status: 'processing', percentage_done: 50, users: 5, total: 10, bytes: 99 }
      await expect.poll(() => events.at(-1)).toMatchObject({ id: 'processing-5-99', data })
      await client.query('update muster.jobs set amounts = $2 where id = $1', [id, { ...amounts, users: 7 }])
      await expect.poll(() => events.at(-1), { timeout: 3_000 }).toMatchObject({ id: 'processing-7-99' })
      await client.end()
      const stopped = server.end('SIGTERM')
      expect(await ended).toMatchObject({ id: 'processing-7-99' })
      const { code, seconds } = await stopped
      expect(code).toBe(0)
      expect(seconds).toBeLessThan(5)
    },
  )
})
