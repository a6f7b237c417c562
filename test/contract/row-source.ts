import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { ExportRequest } from '../../src/domain/export-request.ts'
import { planExport } from '../../src/plan/export-plan.ts'
import type { RowSource, Snapshot } from '../../src/rows/row-source.ts'
import { readLent } from '../fixtures/lender.ts'

export interface OpenRowSource {
  /** With ranges of two users. */
  readonly rows: RowSource
  /** Replaces all users by these, in this order. */
  readonly setUsers: (ids: readonly string[]) => Promise<void>
  /** Makes every query of an opening wait until the test ends. */
  readonly holdUp: () => Promise<void>
  /** Resolves once nothing of a stopped opening is left, and fails after some seconds. */
  readonly isIdle: () => Promise<void>
  readonly stop: () => Promise<void>
}

const never = new AbortController().signal
const IDS = ['u1', 'u2', 'u3', 'u4', 'u5']
const json: ExportRequest = { format: 'json', fields: [{ name: 'user_id' }] }

/** What any source of rows must do. */
export function rowSourceContract(open: () => Promise<OpenRowSource>): void {
  let opened: OpenRowSource
  beforeAll(async () => {
    opened = await open()
  })
  afterAll(() => opened.stop())
  beforeEach(() => opened.setUsers(IDS))

  async function linesOf(snapshot: Snapshot): Promise<string> {
    let text = ''
    for (const range of snapshot.ranges) text += await readLent(snapshot.read(range))
    return text
  }
  const linesFor = (ids: readonly string[]) => ids.map((id) => `{"user_id":"${id}"}\n`).join('')

  test('the ranges together are the whole file in its order, with as many lines as were counted', async () => {
    const snapshot = await opened.rows.open(planExport(json), never)
    expect(snapshot.ranges.length).toBeGreaterThan(1)
    expect(await linesOf(snapshot)).toBe(linesFor(IDS))
    expect(snapshot.counts()).toEqual({ rows: 5, counted: 5 })
    await snapshot.close()
  })

  test('a sort and a limit decide which users are in the file, and in which order', async () => {
    const plan = planExport({ ...json, sort: 'user_id:-1', limit: 3 })
    const snapshot = await opened.rows.open(plan, never)
    expect(await linesOf(snapshot)).toBe(linesFor(['u5', 'u4', 'u3']))
    await snapshot.close()
  })

  test('an export without users has no lines', async () => {
    await opened.setUsers([])
    const snapshot = await opened.rows.open(planExport(json), never)
    expect(await linesOf(snapshot)).toBe('')
    expect(snapshot.counts()).toEqual({ rows: 0, counted: 0 })
    await snapshot.close()
  })

  test('two openings never have the same timestamp', async () => {
    const snapshots = [
      await opened.rows.open(planExport(json), never),
      await opened.rows.open(planExport(json), never),
    ]
    expect(new Set(snapshots.map(({ moment }) => moment.getTime())).size).toBe(2)
    for (const snapshot of snapshots) await snapshot.close()
  })

  test('a range that is left half read blocks nothing', async () => {
    const snapshot = await opened.rows.open(planExport(json), never)
    for await (const _ of snapshot.read(snapshot.ranges[0])) break
    await snapshot.close()
    await opened.isIdle()
  })

  test('an opening that is stopped before its first query fails with the reason', async () => {
    const reason = new Error('stopping')
    await expect(opened.rows.open(planExport(json), AbortSignal.abort(reason))).rejects.toBe(reason)
  })

  test.each([
    ['counts', json],
    ['sorts', { ...json, sort: 'logins_count:1' }],
    ['discovers columns', { ...json, format: 'csv', metadata_columns: 'discover' } as const],
  ])(
    'an opening that %s fails with the reason at once when stopped, and leaves nothing',
    async (_, request) => {
      await opened.holdUp()
      const stopping = new AbortController()
      const opening = opened.rows.open(planExport(request), stopping.signal)
      const late = setTimeout(() => stopping.abort(new Error('stopping')), 300)
      await expect(opening).rejects.toThrow('stopping')
      clearTimeout(late)
      await opened.isIdle()
    },
  )
}
