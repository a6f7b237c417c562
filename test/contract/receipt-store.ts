import { afterAll, beforeAll, expect, test } from 'vitest'
import { addSeconds } from '../../src/domain/clock.ts'
import type { ReceiptStore } from '../../src/receipts/receipt-store.ts'

export interface OpenReceiptStore {
  readonly store: ReceiptStore
  /** Adds the receipt of a job. */
  readonly add: (jobId: string, jws: string, madeAt: Date) => Promise<void>
  readonly stop: () => Promise<void>
}

/** What any store of receipts must do. `open` gives an empty one. */
export function receiptStoreContract(open: () => Promise<OpenReceiptStore>): void {
  let opened: OpenReceiptStore
  beforeAll(async () => {
    opened = await open()
  })
  afterAll(() => opened.stop())

  test('a receipt is found by its job until the store forgets receipts of its age', async () => {
    const { store, add } = opened
    const at = new Date('2026-01-01T00:00:00.000Z')
    await add('job_old', 'a.b.c', at)
    await add('job_new', 'd.e.f', addSeconds(at, 1))
    await store.forget(at)
    expect([await store.find('job_old'), await store.find('job_new')]).toEqual(['a.b.c', 'd.e.f'])
    await store.forget(addSeconds(at, 1))
    expect([await store.find('job_old'), await store.find('job_new')]).toEqual([undefined, 'd.e.f'])
    expect(await store.find('job_unknown')).toBeUndefined()
  })
}
