import { getPriority, platform } from 'node:os'
import { afterEach, describe, expect, test } from 'vitest'
import { Failure } from '../../src/domain/failure.ts'
import type { ToThread } from '../../src/threads/messages.ts'
import { startThread, type Thread } from '../../src/threads/thread.ts'

const ENTRY = new URL('../fixtures/some-thread.js', import.meta.url)
const HASH: ToThread = { kind: 'hash', order: { kind: 'bcrypt', password: '', rounds: 4 } }
const WELL = { begins: 'well', hashes: 'well', stops: 'well' }

let thread: Thread | undefined
afterEach(async () => {
  await thread?.stop()
  thread = undefined
})

interface Scene {
  readonly start: () => Promise<Thread>
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
  const start = async (): Promise<Thread> => {
    thread = startThread(ENTRY, { order: { ...order, seen }, onDeath })
    await thread.ready
    return thread
  }
  return { start, seen, deaths, death }
}

describe('a thread', () => {
  test('a thread receives its messages and ends when stopped', async () => {
    const { start, seen, deaths } = scene(WELL)
    const { tell, stop } = await start()
    tell(HASH)
    tell(HASH)
    await stop()
    expect([seen[0], seen[1]]).toEqual([2, 1])
    expect(deaths).toEqual([])
  })

  test('a thread that cannot begin fails with the code of its reason and the cause', async () => {
    const { start, deaths } = scene({ ...WELL, begins: 'with a failure' })
    const failure = await start().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(Failure)
    expect(failure).toMatchObject({
      code: 'config_invalid',
      message: 'MUSTER_COMPRESSOR is igzip, and is not there',
      cause: { message: 'spawn igzip ENOENT', code: 'ENOENT' },
    })
    expect(deaths).toEqual([])
  })

  test('a thread that begins with a bug fails with that error', async () => {
    const { start } = scene({ ...WELL, begins: 'with a bug' })
    await expect(start()).rejects.toMatchObject({ name: 'TypeError', message: 'undefined is not a function' })
  })

  test('a thread that begins with several causes fails with all of them', async () => {
    const { start } = scene({ ...WELL, begins: 'with several causes' })
    const error = await start().catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(AggregateError)
    expect(error).toMatchObject({ errors: [{ message: '::1 refuses' }, { message: '127.0.0.1 refuses' }] })
  })

  test('a thread that does not stop cleanly fails the stop, for one caller or two', async () => {
    const { start, seen, deaths } = scene({ ...WELL, stops: 'with a bug' })
    const { stop } = await start()
    thread = undefined
    await expect(stop()).rejects.toThrow('undefined is not a function')
    await expect(stop()).rejects.toThrow('undefined is not a function')
    expect(seen[1]).toBe(1)
    expect(deaths).toEqual([])
  })

  test('a thread that ends without a stop is reported', async () => {
    const { start, death, deaths } = scene({ ...WELL, hashes: 'with a bug' })
    const { tell, stop } = await start()
    tell(HASH)
    expect(await death).toMatchObject({ name: 'TypeError', message: 'undefined is not a function' })
    // Its end has been reported.
    await stop()
    expect(deaths).toHaveLength(1)
  })

  test.runIf(platform() === 'linux')(
    'a thread of jobs has lower priority than the requests’ thread, which keeps its own',
    async () => {
      const before = getPriority()
      const { start, seen } = scene(WELL)
      await start()
      expect([seen[2], getPriority()]).toEqual([Math.min(19, before + 10), before])
    },
  )
})
