import { EventEmitter, once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { newClosers } from '../../src/compose/closers.ts'

describe('closers', () => {
  test('closers run in reverse order of registration, and each once', async () => {
    const closed: string[] = []
    const closers = newClosers()
    closers.add(() => closed.push('lock'))
    closers.add(async () => closed.push('database'))
    await closers.closeAll()
    await closers.closeAll()
    expect(closed).toEqual(['database', 'lock'])
  })

  test('closers run even if others fail, and the first error is kept', async () => {
    const closed: string[] = []
    const closers = newClosers()
    closers.add(() => closed.push('lock'))
    closers.add(() => {
      throw new Error('database')
    })
    closers.add(() => Promise.reject(new Error('worker')))
    await expect(closers.closeAll()).rejects.toThrow('worker')
    expect(closed).toEqual(['lock'])
  })

  test('a group of closers runs at the same time, in its place among the others', async () => {
    const closed: string[] = []
    const closers = newClosers()
    closers.add(() => closed.push('lock'))
    const group = closers.together()
    closers.add(() => closed.push('later'))
    const meeting = new EventEmitter()
    const both = Promise.all([once(meeting, 'http'), once(meeting, 'worker')])
    for (const name of ['worker', 'http'])
      group.add(async () => {
        meeting.emit(name)
        await both
        closed.push(name)
      })
    await closers.closeAll()
    expect(closed).toEqual(['later', 'worker', 'http', 'lock'])
  })

  test('a group of closers runs whole even if one of them fails', async () => {
    const closed: string[] = []
    const closers = newClosers()
    closers.add(() => closed.push('lock'))
    const group = closers.together()
    group.add(() => Promise.reject(new Error('worker')))
    group.add(() => closed.push('http'))
    await expect(closers.closeAll()).rejects.toThrow('worker')
    expect(closed).toEqual(['http', 'lock'])
  })
})
