import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Fate, Passing } from '../fixtures/http-proxy.ts'
import { type CliWorld, LARGE, newCliWorld, USERS, usersIn, usersInGzip } from './cli-world.ts'
import { ENGINES } from './harness.ts'

const KIB = 1024
const isDownload = ({ path }: Passing): boolean => path.startsWith('/downloads/')

describe.each(ENGINES)('P35 muster export from a server on %s', (engine) => {
  let world: CliWorld
  beforeAll(async () => {
    world = await newCliWorld(engine)
  })
  afterAll(() => world.stop())
  beforeEach(() => world.clear())

  /** Each download gets the next of these fates, and the last one from then on. */
  function downloads(...fates: Fate[]): { count: number } {
    const seen = { count: 0 }
    world.proxy.decide((passing) =>
      isDownload(passing) ? (fates[Math.min(seen.count++, fates.length - 1)] ?? {}) : {},
    )
    return seen
  }

  test('a connection that is cut after every 64 KB leaves a whole file', async () => {
    const seen = downloads({ cutAfter: 64 * KIB })
    expect(await world.run([...LARGE, '--output', 'users.gz'])).toMatchObject({ code: 0 })
    expect(usersInGzip(world.read('users.gz'))).toBe(USERS)
    expect(world.files()).toEqual(['users.gz'])
    expect(seen.count).toBeGreaterThan(9)
    expect(seen.count).toBe(Math.ceil(world.read('users.gz').length / (64 * KIB)))
  })

  test('an unpacked file and standard output are whole too', async () => {
    downloads({ cutAfter: 64 * KIB })
    expect(await world.run([...LARGE, '--gunzip', '--output', 'users'])).toMatchObject({ code: 0 })
    expect(usersIn(world.read('users'))).toBe(USERS)
    const { stdout } = await world.run([...LARGE, '--gunzip', '--output', '-'])
    expect(stdout).toBe(world.read('users').toString())
  })

  test('a link that is refused in the middle is replaced', async () => {
    const refused = (path: string): Fate => ({ path: path.replace(/expires=\d+/, 'expires=1') })
    let count = 0
    world.proxy.decide((passing) => {
      if (!isDownload(passing)) return {}
      return ++count % 2 === 0 ? refused(passing.path) : { cutAfter: 256 * KIB }
    })
    const { code, stderr } = await world.run([...LARGE, '--output', 'users.gz'])
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('The link had expired.'),
    })
    expect(usersInGzip(world.read('users.gz'))).toBe(USERS)
  })

  test('a server that is killed while the job runs, and while the file comes, is waited for', async () => {
    let kills = 0
    world.proxy.decide(async (passing) => {
      const isTime = (kills === 0 && passing.path.endsWith('/events')) || (kills === 1 && isDownload(passing))
      if (!isTime) return {}
      kills++
      if (!isDownload(passing)) await world.restart()
      else setTimeout(() => void world.restart(), 0)
      return { cutAfter: 64 * KIB }
    })
    expect(await world.run([...LARGE, '--output', 'users.gz'])).toMatchObject({ code: 0 })
    expect(kills).toBe(2)
    expect(usersInGzip(world.read('users.gz'))).toBe(USERS)
  })

  test.each([[[]], [['--gunzip']], [['--json-array', '--max-bytes', '100000']]])(
    'a changed byte leaves no file, with %j',
    async (words) => {
      downloads({ spoil: 200 * KIB })
      const result = await world.run([...LARGE, ...words])
      expect(result).toMatchObject({ code: 5, stderr: expect.stringMatching(/^file_incomplete: /m) })
      expect(world.files()).toEqual([])
    },
  )

  test('a spoilt receipt, or keys that have not signed the receipt, leave no file', async () => {
    for (const path of ['/receipt', '/.well-known/jwks.json']) {
      world.proxy.decide((passing) => (passing.path.endsWith(path) ? { spoil: 30 } : {}))
      expect(await world.run([...LARGE])).toMatchObject({ code: expect.toBeOneOf([1, 5]) })
      expect(world.files()).toEqual([])
    }
  })
})
