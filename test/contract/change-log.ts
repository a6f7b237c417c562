import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { ChangeLog } from '../../src/relations/change-log.ts'

const day = (n: number): Date => new Date(Date.UTC(2026, 0, n))

export interface OpenChangeLog {
  readonly log: ChangeLog
  /** Notes that a user was deleted. */
  readonly noteDeletion: (at: Date) => Promise<void>
  /** Notes that an export was made. */
  readonly noteMoment: (moment: Date) => Promise<void>
  readonly clear: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** What any change log must do. */
export function changeLogContract(open: () => Promise<OpenChangeLog>): void {
  let opened: OpenChangeLog
  beforeAll(async () => {
    opened = await open()
  })
  afterAll(() => opened.stop())
  beforeEach(() => opened.clear())

  test('every timestamp can be reached while nothing is forgotten', async () => {
    await opened.noteDeletion(day(10))
    await opened.noteMoment(day(11))
    await opened.log.forget(day(10))
    expect(await opened.log.reachesBackTo(day(1))).toBe(true)
  })

  test('P11 no timestamp before a forgotten deletion can be reached', async () => {
    await opened.noteDeletion(day(10))
    await opened.log.forget(day(20))
    expect(await opened.log.reachesBackTo(new Date(day(20).getTime() - 1))).toBe(false)
    expect(await opened.log.reachesBackTo(day(20))).toBe(true)
    await opened.log.forget(day(15))
    expect(await opened.log.reachesBackTo(day(19))).toBe(false)
  })

  test('P11 a chain cannot go on once the timestamp of its export is forgotten', async () => {
    await opened.noteMoment(day(10))
    expect(await opened.log.reachesBackTo(day(10))).toBe(true)
    await opened.log.forget(day(20))
    expect(await opened.log.reachesBackTo(day(10))).toBe(false)
  })

  test('only the timestamps of exports are recorded, until they are forgotten', async () => {
    await opened.noteMoment(day(10))
    expect([await opened.log.isRecorded(day(10)), await opened.log.isRecorded(day(11))]).toEqual([
      true,
      false,
    ])
    await opened.log.forget(day(20))
    expect(await opened.log.isRecorded(day(10))).toBe(false)
  })

  test('the timestamp of an export can be reached while the timestamp is recorded', async () => {
    await opened.noteDeletion(day(10))
    await opened.noteMoment(day(20))
    await opened.log.forget(day(20))
    expect(await opened.log.reachesBackTo(day(20))).toBe(true)
    expect(await opened.log.reachesBackTo(day(19))).toBe(false)
  })
}
