import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { addSeconds } from '../../src/domain/clock.ts'
import { newJobId } from '../../src/domain/ids.ts'
import { JOB_TYPES, type JobStatus, type JobType } from '../../src/domain/job.ts'
import type { Claim, JobListing, JobSpan, JobStore, Lane } from '../../src/jobs/job-store.ts'
import { newReceipt } from '../fixtures/receipts.ts'

const start = new Date('2026-01-01T00:00:00.000Z')
const later = (seconds: number): Date => addSeconds(start, seconds)
const receipt = newReceipt({ rows: 3, counted: 3 })

function newExport(createdAt = start) {
  return {
    id: newJobId(),
    type: 'users_export',
    createdAt,
    connection: { id: 'con_0123456789abcdef', name: 'Users' },
    request: { format: 'csv', limit: 7, fields: [{ name: 'email', export_as: 'E-mail' }] },
  } as const
}

function newImport(createdAt = start) {
  const request = {
    by: 'stream',
    format: 'csv',
    csv: { guard: 'detect' },
    upsert: 'no',
    preserve: false,
    dryRun: false,
    objectKey: 'jobs/x/import/users',
  } as const
  return { ...newExport(createdAt), type: 'users_import', request } as const
}

function newVerification() {
  const request = { userId: 'auth0|1' }
  return { id: newJobId(), type: 'verification_email', createdAt: start, request } as const
}

export interface OpenJobStore {
  readonly store: JobStore
  /** Stores a batch of an import. */
  readonly addBatch: (id: string, number: number, inserted: number) => Promise<void>
  readonly stop: () => Promise<void>
}

/** What any job store must do. `open` gives an empty one. */
export function jobStoreContract(open: () => Promise<OpenJobStore>): void {
  let store: JobStore
  let addBatch: OpenJobStore['addBatch']
  let stop: () => Promise<void>
  beforeAll(async () => {
    ;({ store, addBatch, stop } = await open())
  })
  afterAll(() => stop())
  beforeEach(async () => {
    for (const id of await store.dueToForget(later(1e9), 10_000)) await store.forget(id)
    await store.dropUploads(later(1e9), 15)
  })

  async function claimed(now = start, leaseSeconds = 15): Promise<Claim> {
    const claim = await store.claim(now, leaseSeconds)
    if (claim === undefined) throw new Error('expected a job to claim')
    return claim
  }

  test('an added job is found unchanged', async () => {
    const job = newExport()
    await store.add(job)
    expect(await store.find(job.id)).toEqual({ ...job, status: 'pending' })
    expect(await store.find('job_unknown')).toBeUndefined()
    const other = newVerification()
    await store.add(other)
    const found = await store.findAll([other.id, 'job_unknown', job.id])
    expect(found).toHaveLength(2)
    expect(found).toEqual(
      expect.arrayContaining([job, other].map((each) => ({ ...each, status: 'pending' }))),
    )
  })

  const span = (type: JobType, status: JobStatus, after = later(-1e6), before = later(1e6)): JobSpan => ({
    type,
    status,
    after,
    before,
  })
  const listed = async (listing: Partial<JobListing>): Promise<readonly string[]> => {
    const spans = [span('users_export', 'pending'), span('users_import', 'pending')]
    return (await store.list({ spans, take: 100, ...listing })).map(({ id }) => id)
  }

  test('P23 jobs are listed newest first, from any place on, each once', async () => {
    const jobs = [0, 3, 1, 2].map((age) => newExport(later(-age)))
    const [first, fourth, second, third] = jobs.map(({ id }) => id)
    for (const job of jobs) await store.add(job)
    expect(await listed({})).toEqual([first, second, third, fourth])
    expect(await listed({ take: 2 })).toEqual([first, second])
    expect(await listed({ from: { createdAt: later(-1), id: second ?? '' } })).toEqual([third, fourth])
    await store.forget(second ?? '')
    expect(await listed({ from: { createdAt: later(-1), id: second ?? '' }, take: 1 })).toEqual([third])
    const [job] = await store.list({ spans: [span('users_export', 'pending')], take: 1 })
    expect(job).toEqual({ ...jobs[0], status: 'pending' })
  })

  test('P23 jobs that were created in the same millisecond are each listed once, page by page', async () => {
    const jobs = Array.from({ length: 7 }, () => newExport())
    for (const job of jobs) await store.add(job)
    const seen: string[] = []
    for (let ids = await listed({ take: 2 }); ids.length > 0; ) {
      seen.push(...ids)
      ids = await listed({ take: 2, from: { createdAt: start, id: ids.at(-1) ?? '' } })
    }
    expect(seen).toHaveLength(jobs.length)
    expect(new Set(seen)).toEqual(new Set(jobs.map(({ id }) => id)))
  })

  test('jobs are listed by type, status, connection and time, and each edge of a time is left out', async () => {
    const [exported, imported, mail] = [newExport(), newImport(later(1)), newVerification()]
    for (const job of [exported, imported, mail]) await store.add(job)
    const connectionId = exported.connection.id
    const all = [...JOB_TYPES].map((type) => span(type, 'pending'))
    expect(await listed({ spans: [span('users_import', 'pending')] })).toEqual([imported.id])
    expect(await listed({ spans: [span('users_export', 'failed')] })).toEqual([])
    expect(await listed({ spans: [] })).toEqual([])
    expect(await listed({ spans: all })).toHaveLength(3)
    expect(await listed({ spans: all, connectionId })).toEqual([imported.id, exported.id])
    expect(await listed({ spans: all, connectionId: 'con_0000000000000000' })).toEqual([])
    expect(await listed({ spans: [span('users_export', 'pending', start)] })).toEqual([])
    expect(await listed({ spans: [span('users_export', 'pending', later(-1), start)] })).toEqual([])
    expect(await listed({ spans: [span('users_export', 'pending', later(-1), later(1))] })).toEqual([
      exported.id,
    ])
    const claim = await claimed(start)
    const { id } = claim.job
    expect(await listed({ spans: [span(claim.job.type, 'processing')] })).toEqual([id])
    await store.settle(claim, { kind: 'failed', details: 'broken' })
    expect(await listed({ spans: [span(claim.job.type, 'failed')] })).toEqual([id])
  })

  test('jobs are claimed oldest first, each by one worker', async () => {
    const [young, old] = [newExport(later(10)), newExport(start)]
    await store.add(young)
    await store.add(old)
    const claims = await Promise.all([
      store.claim(later(20), 15),
      store.claim(later(20), 15),
      store.claim(later(20), 15),
    ])
    const ids = claims.flatMap((claim) => (claim === undefined ? [] : [claim.job.id]))
    expect(new Set(ids)).toEqual(new Set([young.id, old.id]))
    expect(ids).toHaveLength(2)
    await store.releaseAll()
    expect((await claimed(later(20))).job.id).toBe(old.id)
  })

  test('P29 the lane of small exports claims small ones alone, and the lane of all exports the oldest of all', async () => {
    const [large, old, young] = [newExport(), newExport(later(1)), newExport(later(2))]
    await store.add(large)
    for (const small of [old, young]) await store.add({ ...small, isSmall: true })
    const claim = async (lane: Lane) => (await store.claim(later(3), 15, lane))?.job.id
    expect(await claim({ type: 'users_export', isSmall: true })).toBe(old.id)
    expect(await claim({ type: 'users_export' })).toBe(large.id)
    expect(await claim({ type: 'users_export' })).toBe(young.id)
    expect(await claim({ type: 'users_export', isSmall: true })).toBeUndefined()
    expect(await store.find(old.id)).not.toHaveProperty('isSmall')
  })

  test('P5 a job whose lease has expired is claimed again, and the first worker can no longer settle the job', async () => {
    const job = newExport()
    await store.add(job)
    const first = await claimed(start, 15)
    expect(await store.claim(later(14), 15)).toBeUndefined()
    const second = await claimed(later(15), 15)
    expect(second.fence).toBeGreaterThan(first.fence)
    expect(await store.renew(first, later(15), { seconds: 15 })).toBe(false)
    expect(await store.settle(first, { kind: 'failed', details: 'late' })).toBe(false)
    await store.handBack(first)
    expect((await store.find(job.id))?.status).toBe('processing')
    expect(await store.settle(second, { kind: 'exported', objectKey: 'k', receipt })).toBe(true)
    expect(await store.find(job.id)).toEqual({ ...job, status: 'completed', objectKey: 'k', receipt })
  })

  test('P5 a dead worker loses its job even after the clock was set back, and a live worker keeps its job', async () => {
    const job = newExport()
    await store.add(job)
    const held = await claimed(start, 15)
    expect(await store.claim(later(-10), 15)).toBeUndefined()
    expect((await claimed(later(-3600), 15)).fence).toBeGreaterThan(held.fence)
  })

  test('P5 a renewed lease holds, and a job settles once', async () => {
    await store.add(newExport())
    const claim = await claimed(start, 15)
    const amounts = { users: 4, total: 10, bytes: 5_000_000_000, usersPerSecond: 2 }
    const progress = { percentageDone: 40, timeLeftSeconds: 3, amounts }
    expect(await store.renew(claim, later(14), { seconds: 15, progress })).toBe(true)
    expect((await store.find(claim.job.id)) as object).toMatchObject({ progress })
    expect(await store.claim(later(28), 15)).toBeUndefined()
    expect(await store.settle(claim, { kind: 'failed', details: 'broken', code: 'job_stalled' })).toBe(true)
    expect(await store.settle(claim, { kind: 'failed', details: 'again' })).toBe(false)
    expect(await store.find(claim.job.id)).toMatchObject({
      status: 'failed',
      statusDetails: 'broken',
      failureCode: 'job_stalled',
    })
    expect(await store.find(claim.job.id)).not.toHaveProperty('progress')
  })

  test('a job handed back can be claimed at once', async () => {
    await store.add(newExport())
    const claim = await claimed()
    await store.handBack(claim)
    expect((await store.find(claim.job.id))?.status).toBe('pending')
    expect((await claimed()).job.id).toBe(claim.job.id)
  })

  test('a claim takes only a job of the kind that is asked for', async () => {
    await store.add(newExport())
    await store.add(newImport(later(1)))
    expect(await store.claim(later(2), 15, { type: 'verification_email' })).toBeUndefined()
    expect((await store.claim(later(2), 15, { type: 'users_import' }))?.job.type).toBe('users_import')
    expect((await store.claim(later(2), 15, { type: 'users_export' }))?.job.type).toBe('users_export')
  })

  const refusal = (position: number, message = `m${position}`) => ({
    position,
    error: { user: { email: `${position}@example.com` }, errors: [{ code: 'FORMAT', message }], line: 7 },
  })

  const pauses = [1, 5]
  const details = 'The disk is full.'

  test('P19 a postponed job says why and returns after growing pauses, until no pauses are left', async () => {
    await store.add(newExport())
    let claim = await claimed(start)
    expect(await store.postpone(claim, start, { pauses, details })).toBe(true)
    expect(await store.find(claim.job.id)).toMatchObject({ status: 'pending', statusDetails: details })
    expect(await store.claim(later(0.9), 15)).toBeUndefined()
    claim = await claimed(later(1))
    expect(await store.postpone(claim, later(10), { pauses, details })).toBe(true)
    expect(await store.claim(later(14.9), 15)).toBeUndefined()
    claim = await claimed(later(15))
    expect(await store.postpone(claim, later(15), { pauses, details })).toBe(false)
    expect(await store.settle(claim, { kind: 'exported', objectKey: 'k', receipt })).toBe(true)
    expect((await store.find(claim.job.id)) as object).not.toHaveProperty('statusDetails')
  })

  test('P5 a job that was lost cannot be postponed', async () => {
    await store.add(newExport())
    const first = await claimed(start, 15)
    await claimed(later(15), 15)
    expect(await store.postpone(first, later(15), { pauses, details })).toBe(false)
    expect(await store.claim(later(29), 15)).toBeUndefined()
  })

  test('P19 only a claim whose worker disappeared counts as a crash, not one handed back or postponed', async () => {
    await store.add(newExport())
    for (let times = 0; times < 7; times++) {
      const claim = await claimed()
      expect(claim.crashes).toBe(0)
      await store.handBack(claim)
    }
    expect(await store.postpone(await claimed(), start, { pauses, details })).toBe(true)
    expect((await claimed(later(1), 15)).crashes).toBe(0)
    expect((await claimed(later(16), 15)).crashes).toBe(1)
    expect((await claimed(later(31), 15)).crashes).toBe(2)
  })

  test('P13 an import that stores batches between crashes and failures is never given up', async () => {
    const job = newImport()
    await store.add(job)
    let now = 0
    for (let number = 0; number < 4; number++) {
      expect((await claimed(later(now))).crashes).toBe(0)
      await addBatch(job.id, number, 10)
      now += 15
    }
    for (let number = 4; number < 8; number++) {
      const claim = await claimed(later(now))
      await addBatch(job.id, number, 10)
      expect(await store.postpone(claim, later(now), { pauses, details })).toBe(true)
      now += 1
    }
  })

  test('an import that is given up counts its stored batches and refused users', async () => {
    const job = newImport()
    await store.add(job)
    await claimed()
    await addBatch(job.id, 0, 10)
    await addBatch(job.id, 1, 5)
    await store.addErrors(job.id, [refusal(3)], 4)
    await store.addErrors(job.id, [refusal(3)], 1)
    const summary = { failed: 4, updated: 0, inserted: 15, total: 19 }
    expect(await store.importedSoFar(job.id)).toEqual(summary)
    expect(await store.importedSoFar('job_unknown')).toEqual({ failed: 0, updated: 0, inserted: 0, total: 0 })
  })

  const limits = { leaseSeconds: 15, activeMax: 2 }
  const begin = (id: string, now = start) => store.beginUpload(id, now, limits)

  test('no more uploads and imports are active together than allowed, even if they arrive at the same time', async () => {
    await store.add(newExport())
    await store.add(newImport())
    const refusals = await Promise.all(Array.from({ length: 6 }, () => begin(newJobId())))
    expect(refusals.filter((refusal) => refusal === undefined)).toHaveLength(1)
    expect(refusals.filter((refusal) => refusal !== undefined)).toEqual(Array(5).fill({ active: 2 }))
    const claim = await store.claim(start, 15, { type: 'users_import' })
    expect(await begin(newJobId())).toEqual({ active: 2 })
    if (claim !== undefined) await store.settle(claim, { kind: 'failed', details: 'x' })
    expect(await begin(newJobId())).toBeUndefined()
    expect(await begin(newJobId())).toEqual({ active: 2 })
  })

  test('an upload that becomes a job while others begin is counted once', async () => {
    const one = newImport()
    const other = newImport()
    await begin(one.id)
    await begin(other.id)
    const begun = await Promise.all([
      store.addUploaded(one),
      begin(newJobId()),
      begin(newJobId()),
      store.addUploaded(other),
      begin(newJobId()),
    ])
    expect(begun).toEqual([true, { active: 2 }, { active: 2 }, true, { active: 2 }])
  })

  test('an upload is known, and is neither found nor claimed as a job', async () => {
    const job = newImport()
    await begin(job.id)
    expect(await store.withFiles([job.id, 'job_unknown'])).toEqual(new Set([job.id]))
    expect(await store.find(job.id)).toBeUndefined()
    expect(await store.claim(later(100), 15)).toBeUndefined()
    expect(await store.addUploaded(job)).toBe(true)
    expect(await store.withFiles([job.id, 'job_unknown'])).toEqual(new Set([job.id]))
    expect(await store.find(job.id)).toEqual({ ...job, status: 'pending' })
    expect((await claimed()).job.id).toBe(job.id)
    expect(await store.addUploaded(job)).toBe(false)
  })

  test('an upload that has ended leaves its place at once, and becomes no job', async () => {
    const job = newImport()
    await begin(job.id)
    await begin(newJobId())
    await store.endUpload(job.id)
    await store.endUpload(job.id)
    expect(await store.addUploaded(job)).toBe(false)
    expect(await store.find(job.id)).toBeUndefined()
    expect(await begin(newJobId())).toBeUndefined()
    expect(await begin(newJobId())).toEqual({ active: 2 })
  })

  test('the place of a dead upload is free when its lease expires, and is given away once', async () => {
    const [dead, live] = [newImport(), newImport()]
    await begin(dead.id)
    await begin(live.id)
    await store.renewUpload(live.id, later(14), 15)
    expect(await begin(newJobId(), later(14.9))).toEqual({ active: 2 })
    expect(await begin(newJobId(), later(15))).toBeUndefined()
    await store.renewUpload(dead.id, later(15), 15)
    expect(await begin(newJobId(), later(15))).toEqual({ active: 2 })
    expect([await store.addUploaded(dead), await store.addUploaded(live)]).toEqual([false, true])
  })

  test('an upload whose lease has expired goes on if no other needed its place', async () => {
    const job = newImport()
    await begin(job.id)
    await store.renewUpload(job.id, later(100), 15)
    await store.dropUploads(later(114), 15)
    expect(await store.addUploaded(job)).toBe(true)
  })

  test('P7 uploads of dead processes are dropped, even if the clock was set back, and live ones stay', async () => {
    const [old, live] = [newJobId(), newJobId()]
    await begin(old)
    await begin(live, later(10))
    await store.dropUploads(later(15), 15)
    expect(await store.withFiles([old, live])).toEqual(new Set([live]))
    await store.dropUploads(later(-3600), 15)
    expect(await store.withFiles([live])).toEqual(new Set())
  })

  test('releaseAll ends every upload', async () => {
    const id = newJobId()
    await begin(id)
    await store.releaseAll()
    expect(await store.withFiles([id])).toEqual(new Set())
  })

  test('a sent mail completes its job, which has neither file nor summary', async () => {
    const job = newVerification()
    await store.add(job)
    const claim = await claimed()
    expect(claim.job).toEqual({ ...job, status: 'processing' })
    expect(await store.settle(claim, { kind: 'mailed' })).toBe(true)
    expect(await store.find(job.id)).toEqual({ ...job, status: 'completed' })
  })

  test('the errors of an import come in the order of its file, page by page, each position once', async () => {
    const { id } = newImport()
    await store.add({ ...newImport(), id })
    await claimed()
    await store.addErrors(id, [refusal(30), refusal(2)])
    await store.addErrors(id, [refusal(11), refusal(2, 'another'), refusal(0)])
    await store.addErrors(id, [])
    expect(await store.errors(id, { take: 10 })).toEqual([0, 2, 11, 30].map((at) => refusal(at)))
    expect(await store.errors(id, { take: 2 })).toEqual([refusal(0), refusal(2)])
    expect(await store.errors(id, { take: 2, after: 2 })).toEqual([refusal(11), refusal(30)])
    expect(await store.errors(id, { take: 2, after: 30 })).toEqual([])
    expect(await store.errors('job_unknown', { take: 2 })).toEqual([])
  })

  test('an import ends with its summary, even if its file could not be read to the end', async () => {
    const summary = { failed: 25, updated: 0, inserted: 1, total: 26 }
    const outcomes = [
      { kind: 'imported', summary },
      { kind: 'imported', summary, details: 'told' },
      { kind: 'failed', details: 'broken', summary },
    ] as const
    const expected = [
      { status: 'completed', summary },
      { status: 'completed', summary, statusDetails: 'told' },
      { status: 'failed', summary, statusDetails: 'broken' },
    ]
    for (const [at, outcome] of outcomes.entries()) {
      const job = newImport()
      await store.add(job)
      await store.settle(await claimed(), outcome)
      expect(await store.find(job.id)).toEqual({ ...job, ...expected[at] })
    }
  })

  test('P7 an expired job keeps only its outcome, then is forgotten', async () => {
    await store.add(newImport())
    const claim = await claimed()
    await store.addErrors(claim.job.id, [refusal(0)])
    await store.settle(claim, {
      kind: 'imported',
      summary: { failed: 1, updated: 0, inserted: 0, total: 1 },
    })
    expect(await store.dueToExpire(later(-1), 10)).toEqual([])
    expect(await store.dueToExpire(start, 10)).toEqual([claim.job.id])
    await store.markExpired(claim.job.id)
    expect(await store.withFiles([claim.job.id])).toEqual(new Set())
    expect(await store.find(claim.job.id)).toEqual({
      id: claim.job.id,
      type: 'users_import',
      status: 'expired',
      createdAt: start,
    })
    expect(await store.errors(claim.job.id, { take: 10 })).toEqual([])
    expect(await store.dueToExpire(later(1), 10)).toEqual([])
    expect(await store.dueToForget(later(1), 10)).toEqual([claim.job.id])
    await store.forget(claim.job.id)
    expect(await store.find(claim.job.id)).toBeUndefined()
  })

  test('P7 a job that expires during its run is lost to its worker', async () => {
    await store.add(newExport())
    const claim = await claimed()
    await store.markExpired(claim.job.id)
    expect(await store.renew(claim, later(1), { seconds: 15 })).toBe(false)
    expect(await store.settle(claim, { kind: 'exported', objectKey: 'k', receipt })).toBe(false)
    await store.addErrors(claim.job.id, [refusal(0)])
    expect(await store.errors(claim.job.id, { take: 10 })).toEqual([])
    expect(await store.claim(later(100), 15)).toBeUndefined()
  })

  test('P24 a job that is deleted during its run is lost to its worker, and leaves nothing', async () => {
    await store.add(newImport())
    const claim = await claimed()
    const { id } = claim.job
    await store.addErrors(id, [refusal(0)])
    await addBatch(id, 0, 7)
    expect(await store.forget(id)).toBe(true)
    expect(await store.forget(id)).toBe(false)
    expect(await store.find(id)).toBeUndefined()
    expect(await store.errors(id, { take: 10 })).toEqual([])
    expect(await store.importedSoFar(id)).toEqual({ failed: 0, updated: 0, inserted: 0, total: 0 })
    expect(await store.renew(claim, later(1), { seconds: 15 })).toBe(false)
    expect(await store.postpone(claim, later(1), { pauses, details })).toBe(false)
    expect(await store.settle(claim, { kind: 'failed', details: 'late' })).toBe(false)
    await store.handBack(claim)
    await store.addErrors(id, [refusal(1)], 1)
    expect(await store.errors(id, { take: 10 })).toEqual([])
    expect(await store.claim(later(100), 15)).toBeUndefined()
    expect(await store.withFiles([id])).toEqual(new Set())
  })

  test('P24 a job is deleted in any status', async () => {
    const ends: ((claim: Claim) => Promise<unknown>)[] = [
      async () => undefined,
      (claim) => store.handBack(claim),
      (claim) => store.settle(claim, { kind: 'exported', objectKey: 'k', receipt }),
      (claim) => store.settle(claim, { kind: 'failed', details: 'broken' }),
      ({ job }) => store.markExpired(job.id),
    ]
    for (const end of ends) {
      await store.add(newExport())
      const claim = await claimed()
      await end(claim)
      expect(await store.forget(claim.job.id)).toBe(true)
      expect(await store.find(claim.job.id)).toBeUndefined()
    }
  })

  test('P24 a batch that was stored after its job was deleted is dropped, and the batches of other jobs stay', async () => {
    const [gone, live] = [newImport(), newImport()]
    await store.add(gone)
    await store.add(live)
    await addBatch(live.id, 0, 3)
    await store.forget(gone.id)
    await addBatch(gone.id, 1, 7)
    await store.dropLateBatches()
    expect((await store.importedSoFar(gone.id)).inserted).toBe(0)
    expect((await store.importedSoFar(live.id)).inserted).toBe(3)
  })

  const keyOf = (key: string, clientId = 'client') => ({ clientId, key, requestHash: `hash of ${key}` })

  test('P25 exactly one of the jobs that are added with one key at the same time is added', async () => {
    const jobs = Array.from({ length: 8 }, () => newExport())
    const added = await Promise.all(jobs.map((job) => store.add(job, keyOf('same'))))
    expect(added.filter((isAdded) => isAdded)).toHaveLength(1)
    const winner = jobs[added.indexOf(true)]
    expect(await store.findKeyed(keyOf('same'), start)).toEqual({
      job: { ...winner, status: 'pending' },
      requestHash: 'hash of same',
    })
    expect(await listed({})).toEqual([winner?.id])
  })

  test('P25 a key belongs to one client, and leads to its job as the job stands now', async () => {
    const [first, second, third] = [newExport(), newExport(), newExport()]
    expect(await store.add(first, keyOf('a'))).toBe(true)
    expect(await store.add(second, keyOf('a', 'another client'))).toBe(true)
    expect(await store.add(third, keyOf('b'))).toBe(true)
    await store.settle(await claimed(), { kind: 'failed', details: 'broken' })
    const statuses = await Promise.all(
      [keyOf('a'), keyOf('a', 'another client'), keyOf('b')].map(
        async (key) => (await store.findKeyed(key, start))?.job.status,
      ),
    )
    expect(statuses.toSorted()).toEqual(['failed', 'pending', 'pending'])
    expect(await store.findKeyed(keyOf('c'), start)).toBeUndefined()
    expect((await store.findKeyed(keyOf('a', 'another client'), start))?.job.id).toBe(second.id)
  })

  test('P25 a key is free after 24 hours, before any sweep, and when its job expires or is deleted', async () => {
    const day = 24 * 3600
    await store.add(newExport(), keyOf('old'))
    expect(await store.findKeyed(keyOf('old'), later(day - 0.001))).toBeDefined()
    expect(await store.findKeyed(keyOf('old'), later(day))).toBeUndefined()
    expect(await store.add(newExport(later(day - 0.001)), keyOf('old'))).toBe(false)
    const next = newExport(later(day))
    expect(await store.add(next, keyOf('old'))).toBe(true)
    expect((await store.findKeyed(keyOf('old'), later(day)))?.job.id).toBe(next.id)
    await store.markExpired(next.id)
    expect(await store.findKeyed(keyOf('old'), later(day))).toBeUndefined()
    const last = newExport(later(day))
    expect(await store.add(last, keyOf('old'))).toBe(true)
    await store.forget(last.id)
    expect(await store.findKeyed(keyOf('old'), later(day))).toBeUndefined()
    expect(await store.add(newExport(later(day)), keyOf('old'))).toBe(true)
  })

  test('P25 one of two uploads with one key becomes a job, and neither stays an upload', async () => {
    const [first, second] = [newImport(), newImport()]
    await begin(first.id)
    await begin(second.id)
    expect(await store.addUploaded(first, keyOf('file'))).toBe(true)
    expect(await store.addUploaded(second, keyOf('file'))).toBe(false)
    expect(await store.withFiles([first.id, second.id])).toEqual(new Set([first.id]))
    expect((await store.findKeyed(keyOf('file'), start))?.job.id).toBe(first.id)
    expect(await store.addUploaded(newImport(), keyOf('no upload'))).toBe(false)
    expect(await store.findKeyed(keyOf('no upload'), start)).toBeUndefined()
  })

  test('P31 a census has the number of all jobs, and the age of the oldest that a worker could claim', async () => {
    await store.add(newExport(later(-90)))
    await store.add(newExport(later(-60)))
    await store.add(newExport(later(-30)))
    await store.add(newImport(later(-20)))
    await store.claim(start, 15, { type: 'users_import' })
    const claim = (await store.claim(start, 15, { type: 'users_export' })) as Claim
    await store.postpone(claim, start, { pauses: [5], details: 'told' })
    const expired = newVerification()
    await store.add(expired)
    await store.markExpired(expired.id)
    const byName = (one: object, other: object): number =>
      JSON.stringify(one).localeCompare(JSON.stringify(other))
    const { counts, ages } = await store.census(start)
    expect([...counts].sort(byName)).toEqual([
      { type: 'users_export', status: 'pending', jobs: 3 },
      { type: 'users_import', status: 'processing', jobs: 1 },
      { type: 'verification_email', status: 'expired', jobs: 1 },
    ])
    expect(ages).toEqual([{ type: 'users_export', seconds: 60 }])
    expect((await store.census(later(5))).ages).toEqual([{ type: 'users_export', seconds: 95 }])
  })

  test('P31 a job keeps the id of its request, also for the worker that claims the job, until the job expires', async () => {
    const origin = { requestId: '0b0e8f0a-5f3e-4a55-8a60-6a1c2d3e4f50' }
    const job = { ...newExport(), origin }
    await store.add(job, keyOf('with origin'))
    const uploaded = { ...newImport(later(1)), origin }
    await begin(uploaded.id)
    await store.addUploaded(uploaded)
    expect(await store.find(job.id)).toMatchObject({ origin })
    expect((await store.claim(later(2), 15, { type: 'users_export' }))?.job.origin).toEqual(origin)
    expect((await store.claim(later(2), 15, { type: 'users_import' }))?.job.origin).toEqual(origin)
    await store.markExpired(job.id)
    expect(await store.find(job.id)).not.toHaveProperty('origin')
  })
}
