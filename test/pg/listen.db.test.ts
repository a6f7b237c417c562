import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newJobId } from '../../src/domain/ids.ts'
import { JOBS_CHANNEL } from '../../src/jobs/pg-job-keys.ts'
import { pgJobStore } from '../../src/jobs/pg-job-store.ts'
import { type Listener, startListening } from '../../src/pg/listen.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'

describe.each(ENGINES.filter(({ name }) => name === 'postgres'))('a listener on $name', (engine) => {
  let made: TestDatabase
  let listener: Listener
  let notices: string[]
  let losses: unknown[]
  beforeAll(async () => {
    made = await withDatabase(engine)
  })
  afterAll(() => made.stop())
  beforeEach(async () => {
    notices = []
    losses = []
    listener = startListening({
      url: made.connectionOptions.url ?? '',
      channel: JOBS_CHANNEL,
      onNotice: (text) => notices.push(text),
      onLost: (error) => losses.push(error),
    })
    // One after each connect.
    await expect.poll(() => notices).toEqual([''])
  })
  afterEach(() => listener.stop())

  const createdAt = new Date('2026-01-01T00:00:00Z')
  const addJob = async (): Promise<string> => {
    const id = newJobId()
    await pgJobStore(made.database).add({ id, type: 'users_export', createdAt, request: { format: 'csv' } })
    return id
  }
  const others = `from pg_stat_activity where pid <> pg_backend_pid() and query = 'listen ${JOBS_CHANNEL}'`

  test('P26 a listener gets one notice of each job that another connection adds', async () => {
    await addJob()
    await expect.poll(() => notices).toEqual(['', ''])
    await addJob()
    await expect.poll(() => notices).toEqual(['', '', ''])
    expect(losses).toEqual([])
  })

  test('P24 a listener gets the id of a deleted job if the job was running, and no notice if the job was waiting', async () => {
    const jobs = pgJobStore(made.database)
    await jobs.forget(await addJob())
    const running = await addJob()
    while ((await jobs.claim(createdAt, 15))?.job.id !== running);
    await jobs.forget(running)
    await expect.poll(() => notices).toEqual(['', '', '', running])
  })

  test('P26 a listener whose connection is ended connects again, and reports the loss once', async () => {
    await made.database.query(`select pg_terminate_backend(pid) ${others}`)
    await expect.poll(() => notices, { timeout: 10_000 }).toEqual(['', ''])
    expect(losses).toMatchObject([{ code: 'database_unavailable' }])
    await addJob()
    await expect.poll(() => notices).toEqual(['', '', ''])
  })

  test('a listener that is stopped leaves no connection', async () => {
    await listener.stop()
    await expect.poll(() => made.database.query(`select ${others}`)).toEqual([])
  })
})

test('a listener that cannot connect reports that once, and can be stopped', async () => {
  const losses: unknown[] = []
  let tries = 0
  const listener = startListening({
    url: 'postgres://127.0.0.1:1/none',
    channel: JOBS_CHANNEL,
    onNotice: () => {
      tries++
    },
    onLost: (error) => losses.push(error),
  })
  await expect.poll(() => losses).toMatchObject([{ code: 'database_unavailable' }])
  await listener.stop()
  expect(tries).toBe(0)
})
