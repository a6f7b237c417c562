import { getPriority, platform } from 'node:os'
import { afterEach, describe, expect, test } from 'vitest'
import { Failure } from '../../src/domain/failure.ts'
import { startWorkThread, type Work } from '../../src/work/thread.ts'

const ENTRY = new URL('../fixtures/work-thread.js', import.meta.url)
const WELL = { begins: 'well', wakes: 'well', stops: 'well' }

let work: Work | undefined
afterEach(async () => {
  await work?.stop()
  work = undefined
})

interface Scene {
  readonly start: () => Promise<Work>
  readonly seen: Int32Array
  readonly deaths: unknown[]
  /** Resolves with the first. */
  readonly death: Promise<unknown>
}

function scene(order: typeof WELL): Scene {
  const seen = new Int32Array(new SharedArrayBuffer(12))
  const deaths: unknown[] = []
  let tell: (error: unknown) => void
  const death = new Promise((resolve) => {
    tell = resolve
  })
  const onDeath = (error: unknown): void => {
    deaths.push(error)
    tell(error)
  }
  const start = async (): Promise<Work> => {
    work = await startWorkThread(ENTRY, { ...order, seen }, onDeath)
    return work
  }
  return { start, seen, deaths, death }
}

describe('work in a thread of its own', () => {
  test('is woken, and ends when it has stopped', async () => {
    const { start, seen, deaths } = scene(WELL)
    const { wake, stop } = await start()
    work = undefined
    wake()
    wake()
    await stop()
    expect([seen[0], seen[1]]).toEqual([2, 1])
    expect(deaths).toEqual([])
  })

  test('that cannot begin fails with the code of its reason', async () => {
    const { start, deaths } = scene({ ...WELL, begins: 'with a failure' })
    const failure = await start().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(Failure)
    expect(failure).toMatchObject({
      code: 'config_invalid',
      message: 'MUSTER_COMPRESSOR is igzip, and is not there',
    })
    expect(deaths).toEqual([])
  })

  test('that begins with a bug fails as that does', async () => {
    const { start } = scene({ ...WELL, begins: 'with a bug' })
    await expect(start()).rejects.toThrow('undefined is not a function')
  })

  test('that does not stop well fails the stop, asked once or twice', async () => {
    const { start, seen, deaths } = scene({ ...WELL, stops: 'with a bug' })
    const { stop } = await start()
    work = undefined
    await expect(stop()).rejects.toThrow('undefined is not a function')
    await expect(stop()).rejects.toThrow('undefined is not a function')
    expect(seen[1]).toBe(1)
    expect(deaths).toEqual([])
  })

  test('that ends without having been stopped is told', async () => {
    const { start, death, deaths } = scene({ ...WELL, wakes: 'with a bug' })
    const { wake } = await start()
    work = undefined
    wake()
    expect(await death).toMatchObject({ name: 'TypeError', message: 'undefined is not a function' })
    expect(deaths).toHaveLength(1)
  })

  test.runIf(platform() === 'linux')('gives way to requests, which stay as urgent as they were', async () => {
    const before = getPriority()
    const { start, seen } = scene(WELL)
    await start()
    expect([seen[2], getPriority()]).toEqual([Math.min(19, before + 10), before])
  })
})
