import { createHash } from 'node:crypto'
import { compactVerify, decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addSeconds } from '../../src/domain/clock.ts'
import type { ExportRequest } from '../../src/domain/export-request.ts'
import { newJobId } from '../../src/domain/ids.ts'
import { forgetReceipts } from '../../src/flow/forget-receipts.ts'
import type { Claim, JobStore } from '../../src/jobs/job-store.ts'
import { pgJobStore } from '../../src/jobs/pg-job-store.ts'
import type { Database } from '../../src/pg/database.ts'
import { pgReceiptChain } from '../../src/receipts/pg-receipt-chain.ts'
import { pgReceiptStore } from '../../src/receipts/pg-receipt-store.ts'
import { RECEIPT_TYPE, type ReceiptClaims } from '../../src/receipts/receipt-claims.ts'
import type { ReceiptStore } from '../../src/receipts/receipt-store.ts'
import { pgSecretStore } from '../../src/tokens/pg-secret-store.ts'
import { jwsSigner } from '../../src/tokens/sign-jws.ts'
import { newTokens } from '../../src/tokens/tokens.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { ENGINES, withDatabase } from '../fixtures/engines.ts'
import { newReceipt } from '../fixtures/receipts.ts'
import { type LoadedKey, loadKey, ringOfOne } from '../fixtures/signing-keys.ts'

const DAY = 24 * 3600
const publicUrl = 'https://muster.example'
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

describe.each(ENGINES)('receipts on $name', (engine) => {
  const clock = fixedClock('2026-01-01T00:00:00Z')
  let database: Database
  let stop: () => Promise<void>
  let key: LoadedKey
  let receipts: ReceiptStore
  beforeAll(async () => {
    ;({ database, stop } = await withDatabase(engine))
    key = await loadKey(pgSecretStore(database))
    receipts = pgReceiptStore(database)
  })
  afterAll(() => stop())
  beforeEach(() => database.query('truncate muster.receipts, muster.receipt_chains, muster.jobs cascade'))

  /** The store of one worker. */
  function jobsOf(tenant = 'acme'): JobStore {
    const maker = { issuer: `${publicUrl}/`, tenant, version: '1.2.3', clock }
    return pgJobStore(database, pgReceiptChain({ ...maker, sign: jwsSigner(key) }))
  }

  async function claimed(jobs: JobStore, request: ExportRequest = { format: 'csv' }): Promise<Claim> {
    const connection = { id: 'con_0123456789abcdef', name: 'Users' }
    await jobs.add({ id: newJobId(), type: 'users_export', createdAt: clock.now(), connection, request })
    const claim = await jobs.claim(clock.now(), 15)
    if (claim === undefined) throw new Error('expected a job to claim')
    return claim
  }

  const outcomeOf = (change = {}) =>
    ({ kind: 'exported', objectKey: 'k', receipt: newReceipt(change) }) as const

  async function completed(jobs = jobsOf()): Promise<string> {
    const claim = await claimed(jobs)
    await jobs.settle(claim, outcomeOf())
    return (await receipts.find(claim.job.id)) ?? ''
  }

  test('P22 a receipt says what was asked for and what was made, and is signed by the key of tokens', async () => {
    const jobs = jobsOf()
    const request = { format: 'csv', fields: [{ name: 'email', export_as: 'E-mail' }] } as const
    const claim = await claimed(jobs, request)
    expect(await receipts.find(claim.job.id)).toBeUndefined()
    await jobs.settle(claim, outcomeOf({ columns: ['E-mail'] }))
    const jws = (await receipts.find(claim.job.id)) ?? ''
    expect(decodeProtectedHeader(jws)).toEqual({ alg: 'RS256', typ: RECEIPT_TYPE, kid: key.kid })
    await compactVerify(jws, key.publicKey)
    expect(decodeJwt(jws)).toEqual({
      iss: 'https://muster.example/',
      iat: 1_767_225_600,
      job_id: claim.job.id,
      tenant: 'acme',
      position: 1,
      previous: null,
      request: { connection_id: 'con_0123456789abcdef', ...request },
      columns: ['E-mail'],
      users: 1,
      counted: 1,
      snapshot: '2026-01-01T00:00:00.000Z',
      bytes: 30,
      unpacked_bytes: 10,
      sha256: 'ab',
      version: '1.2.3',
    })
  })

  test('P22 the chain of a tenant is linear even if many workers complete exports at the same time', async () => {
    const workers = Array.from({ length: 8 }, () => jobsOf())
    const claims: [JobStore, Claim][] = []
    for (let count = 0; count < 40; count++) {
      const jobs = workers[count % workers.length] ?? jobsOf()
      claims.push([jobs, await claimed(jobs)])
    }
    const settled = await Promise.all(claims.map(([jobs, claim]) => jobs.settle(claim, outcomeOf())))
    expect(settled).toEqual(claims.map(() => true))
    const made = await Promise.all(claims.map(([, { job }]) => receipts.find(job.id)))
    const chain = made
      .map((jws = '') => ({ jws, claims: decodeJwt<ReceiptClaims>(jws) }))
      .sort((one, other) => one.claims.position - other.claims.position)
    expect(chain.map(({ claims: { position } }) => position)).toEqual(chain.map((_, index) => index + 1))
    chain.forEach(({ claims: { previous } }, index) => {
      expect(previous).toBe(index === 0 ? null : sha256(chain[index - 1]?.jws ?? ''))
    })
  })

  test('P22 each tenant has its own chain', async () => {
    await completed(jobsOf('acme'))
    expect(decodeJwt(await completed(jobsOf('other')))).toMatchObject({ position: 1, previous: null })
  })

  test('P22 a worker that has lost its job leaves no receipt and no gap in the chain', async () => {
    const jobs = jobsOf()
    const lost = await claimed(jobs)
    const held = await jobs.claim(addSeconds(clock.now(), 16), 15)
    if (held === undefined) throw new Error('expected the job again')
    expect(await jobs.settle(lost, outcomeOf({ sha256: 'lost' }))).toBe(false)
    expect(await receipts.find(lost.job.id)).toBeUndefined()
    expect(await jobs.settle(held, outcomeOf({ sha256: 'held' }))).toBe(true)
    expect(await jobs.settle(held, outcomeOf({ sha256: 'twice' }))).toBe(false)
    const jws = (await receipts.find(lost.job.id)) ?? ''
    expect(decodeJwt(jws)).toMatchObject({ sha256: 'held', position: 1 })
  })

  test('P22 a job that cannot get its receipt is not completed', async () => {
    const jobs = pgJobStore(database, async () => {
      throw new Error('no receipt')
    })
    const claim = await claimed(jobs)
    await expect(jobs.settle(claim, outcomeOf())).rejects.toThrow('no receipt')
    expect((await jobs.find(claim.job.id))?.status).toBe('processing')
  })

  test('a failed job has no receipt', async () => {
    const jobs = jobsOf()
    const claim = await claimed(jobs)
    await jobs.settle(claim, { kind: 'failed', details: 'broke' })
    expect(await receipts.find(claim.job.id)).toBeUndefined()
  })

  test('P22 a receipt outlives its job by the days that are set, and the chain goes on from a forgotten receipt', async () => {
    const first = await completed()
    const { job_id: id } = decodeJwt<ReceiptClaims>(first)
    await jobsOf().forget(id)
    const sweep = (seconds: number, keptDays: number): Promise<void> =>
      forgetReceipts({ receipts, clock: { now: () => addSeconds(clock.now(), seconds) }, keptDays })
    await sweep(11 * DAY, 10)
    expect(await receipts.find(id)).toBe(first)
    await sweep(10_000 * DAY, 0)
    expect(await receipts.find(id)).toBe(first)
    await sweep(11 * DAY + 1, 10)
    expect(await receipts.find(id)).toBeUndefined()
    expect(decodeJwt(await completed())).toMatchObject({ position: 2, previous: sha256(first) })
  })

  test('P22 a receipt does not pass for an access token, even with the claims of one', async () => {
    const tokens = newTokens({ keys: ringOfOne(key), clock, publicUrl, lifetimeSeconds: 60 })
    const token = await tokens.issue('abc', ['read:users'])
    await expect(tokens.verify(`Bearer ${await completed()}`)).rejects.toMatchObject({
      code: 'token_invalid',
    })
    const disguised = jwsSigner(key)(RECEIPT_TYPE, decodeJwt(token))
    await expect(tokens.verify(`Bearer ${disguised}`)).rejects.toMatchObject({ code: 'token_invalid' })
    const same = jwsSigner(key)('JWT', decodeJwt(token))
    expect(await tokens.verify(`Bearer ${same}`)).toMatchObject({ clientId: 'abc' })
  })
})
