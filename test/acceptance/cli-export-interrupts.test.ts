import { spawn, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Passing } from '../fixtures/http-proxy.ts'
import type { CliResult } from './cli-process.ts'
import { anExport, type CliWorld, LARGE, newCliWorld, USERS, usersInGzip } from './cli-world.ts'
import { ENGINES } from './harness.ts'

const MAIN = resolve(import.meta.dirname, '../../dist/main.js')
const HAS_SCRIPT = spawnSync('script', ['--version']).error === undefined
if (!HAS_SCRIPT)
  process.stderr.write('There is no "script" (util-linux): the tests on a terminal are SKIPPED.\n')

const KIB = 1024
const isDownload = ({ path }: Passing): boolean => path.startsWith('/downloads/')

describe.each(ENGINES)('P35 muster export from a server on %s', (engine) => {
  let world: CliWorld
  beforeAll(async () => {
    world = await newCliWorld(engine)
  })
  afterAll(() => world.stop())
  beforeEach(() => world.clear())

  test('Ctrl-C at each request leaves no file and no job', async () => {
    const before = await world.jobs()
    const stages: string[] = []
    for (let at = 1; ; at++) {
      world.clear()
      const { result, held } = await interruptedAt(world, at)
      if (held === undefined) {
        expect(result.code).toBe(0)
        break
      }
      stages.push(held)
      expect({ held, code: result.code, files: world.files(), jobs: await world.jobs() }).toEqual({
        held,
        code: 130,
        files: [],
        jobs: before,
      })
    }
    const names = ['/oauth/token', 'users-exports', '/events', '/downloads/', '/receipt', '/jwks.json']
    for (const name of names) expect(stages.some((stage) => stage.includes(name))).toBe(true)
  })

  test.runIf(HAS_SCRIPT)('Ctrl-C on a terminal while the file comes leaves no file and no job', async () => {
    const before = await world.jobs()
    let interrupt = (): void => undefined
    world.proxy.decide((passing) => {
      if (!isDownload(passing)) return {}
      setTimeout(() => interrupt(), 100)
      return { stallAfter: 64 * KIB }
    })
    const child = spawn('script', ['-qec', `${process.execPath} ${MAIN} ${LARGE.join(' ')}`, '/dev/null'], {
      cwd: world.folder,
      env: { ...process.env, ...world.env, TERM: 'xterm' },
    })
    interrupt = () => child.stdin.write('\x03')
    child.stdout.resume()
    expect(await new Promise((done) => child.once('close', done))).toBe(130)
    expect({ files: world.files(), jobs: await world.jobs() }).toEqual({ files: [], jobs: before })
  })

  test('Ctrl-C during --job leaves the job and what was downloaded, and the next run goes on there', async () => {
    const job = await anExport(world.api)
    let isStalled = (): void => undefined
    const stalled = new Promise<void>((resolved) => {
      isStalled = resolved
    })
    world.proxy.decide((passing) => {
      if (!isDownload(passing)) return {}
      setTimeout(isStalled, 200)
      return { stallAfter: 128 * KIB }
    })
    const { child, ended } = world.start(['export', '--job', job, '--output', 'users.gz'])
    await stalled
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ code: 130 })
    expect(world.files()).toEqual([`users.gz.${job}.part`])
    world.proxy.behave()
    const { code, stderr } = await world.run(['export', '--job', job, '--output', 'users.gz'])
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: 'Going on after 131,072 bytes of an earlier run.\n',
    })
    expect(world.files()).toEqual(['users.gz'])
    expect(usersInGzip(world.read('users.gz'))).toBe(USERS)
  })

  test('a command that is killed leaves only a temporary file, and what stands in that file is checked', async () => {
    const job = await anExport(world.api)
    world.proxy.decide((passing) => (isDownload(passing) ? { stallAfter: 128 * KIB } : {}))
    const { child, ended } = world.start(['export', '--job', job, '--output', 'users.gz'])
    const part = `users.gz.${job}.part`
    await until(() => world.files().includes(part) && world.read(part).length === 128 * KIB)
    child.kill('SIGKILL')
    await ended
    world.proxy.behave()
    writeFileSync(join(world.folder, part), Buffer.alloc(1000))
    const again = ['export', '--job', job, '--output', 'users.gz']
    expect(await world.run(again)).toMatchObject({ code: 5, stderr: expect.stringContaining('SHA-256') })
    expect(world.files()).toEqual([])
    expect(await world.run(again)).toMatchObject({ code: 0 })
    expect(usersInGzip(world.read('users.gz'))).toBe(USERS)
  })
})

/** Runs an export, and sends SIGINT while its request with this number waits for an answer. */
async function interruptedAt(
  world: CliWorld,
  at: number,
): Promise<{ result: CliResult; held: string | undefined }> {
  let count = 0
  let held: string | undefined
  const { child, ended } = world.start([...LARGE])
  world.proxy.decide(async ({ method, path }) => {
    if (++count !== at) return {}
    held = `${method} ${path}`
    child.kill('SIGINT')
    // The signal arrives before the answer, as it does if a person presses Ctrl-C while nothing seems to happen.
    await new Promise((later) => setTimeout(later, 100))
    return {}
  })
  const result = await ended
  world.proxy.behave()
  return { result, held }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((later) => setTimeout(later, 20))
}
