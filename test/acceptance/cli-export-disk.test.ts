import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { anExport, type CliWorld, LARGE, newCliWorld, USERS, usersInGzip } from './cli-world.ts'

const MAIN = resolve(import.meta.dirname, '../../dist/main.js')
const HAS_CC = spawnSync('cc', ['--version']).error === undefined
if (!HAS_CC) process.stderr.write('There is no C compiler: the tests of a disk that fails are SKIPPED.\n')

// The server's engine has no part in it.
describe('P35 muster export to a disk that fails', () => {
  let world: CliWorld
  beforeAll(async () => {
    world = await newCliWorld('embedded')
  })
  afterAll(() => world.stop())
  beforeEach(() => world.clear())

  test('a file that reaches the limit of its size stays, and the printed command goes on', async () => {
    const limited = [
      '-c',
      'ulimit -f 256; exec "$@"',
      'bash',
      process.execPath,
      MAIN,
      ...LARGE,
      '--output',
      'users.gz',
    ]
    const child = spawn('bash', limited, { cwd: world.folder, env: { ...process.env, ...world.env } })
    let stderr = ''
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk
    })
    expect(await new Promise((done) => child.once('close', done))).toBe(1)
    expect(stderr).toMatch(/^file_unwritable: users\.gz cannot be written: .*ulimit -f/m)
    const [, command = ''] = /Go on with: muster (.*)\n/.exec(stderr) ?? []
    const { code, stderr: said } = await world.run(command.split(' '))
    expect({ code, said }).toMatchObject({ code: 0, said: expect.stringContaining('Going on after') })
    expect(world.files()).toEqual(['users.gz'])
    expect(usersInGzip(world.read('users.gz'))).toBe(USERS)
  })

  test.runIf(HAS_CC)('a disk that is full at each call in turn leaves a whole file or none', async () => {
    const job = await anExport(world.api)
    const faults = newFaults()
    let failed = 0
    try {
      for (let at = 1; ; at++) {
        world.clear()
        const result = await world.run(
          ['export', '--job', job, '--output', join(world.folder, 'users.gz')],
          faults.env(world.folder, at),
        )
        if (!faults.isReached(at)) {
          expect(result).toMatchObject({ code: 0 })
          break
        }
        if (world.files().includes('users.gz')) {
          expect(usersInGzip(world.read('users.gz'))).toBe(USERS)
        } else {
          failed++
          expect(result).toMatchObject({
            code: 1,
            stderr: expect.stringMatching(/file_unwritable: .*disk is full/),
          })
        }
        const again = await world.run(['export', '--job', job, '--output', join(world.folder, 'users.gz')])
        expect(again).toMatchObject({ code: 0 })
        expect(usersInGzip(world.read('users.gz'))).toBe(USERS)
        expect(world.files()).toEqual(['users.gz'])
      }
    } finally {
      faults.remove()
    }
    expect(failed).toBeGreaterThan(10)
  })
})

/** The library of disk-faults.test.ts: makes one call that changes a folder fail with ENOSPC. */
function newFaults() {
  const folder = mkdtempSync(join(tmpdir(), 'muster-cli-faults-'))
  const library = join(folder, 'fault-fs.so')
  const control = join(folder, 'control')
  const source = resolve(import.meta.dirname, '../fixtures/fault-fs.c')
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl'])
  return {
    env: (of: string, at: number): Record<string, string> => {
      const numbers = Buffer.alloc(16)
      numbers.writeInt32LE(at, 0)
      writeFileSync(control, numbers)
      return { LD_PRELOAD: library, FAULT_FOLDER: of, FAULT_CONTROL: control }
    },
    isReached: (at: number): boolean => readFileSync(control).readInt32LE(12) >= at,
    remove: () => rmSync(folder, { recursive: true }),
  }
}
