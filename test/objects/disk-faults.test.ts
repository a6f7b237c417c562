import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

interface Put {
  readonly name: string
  readonly isLasting: boolean
  readonly at: number
  /** Whether the put made as many calls as were needed for the fault. */
  readonly isReached: boolean
  readonly end: string
  readonly content?: string
  readonly unfinished: number
  readonly leaked: number
}

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url))
const missing = spawnSync('cc', ['--version']).error !== undefined
if (missing) process.stderr.write('There is no C compiler: the tests of a disk that fails are SKIPPED.\n')

describe.skipIf(missing)('a disk that fails at each call in turn', () => {
  let folder: string
  let puts: readonly Put[]
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'muster-disk-faults-'))
    const library = join(folder, 'fault-fs.so')
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, fixture('fault-fs.c'), '-ldl'])
    const control = join(folder, 'control')
    writeFileSync(control, Buffer.alloc(16))
    const objects = join(folder, 'objects')
    mkdirSync(objects)
    const out = execFileSync(
      process.execPath,
      ['--import', fixture('typescript-loader.js'), fixture('fault-puts.ts')],
      {
        env: { ...process.env, LD_PRELOAD: library, FAULT_FOLDER: objects, FAULT_CONTROL: control },
        encoding: 'utf8',
      },
    )
    puts = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Put)
  }, 60_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('each call of a put was made to fail, until a put had no more calls', () => {
    for (const name of ['ENOSPC', 'EIO', 'short write'])
      for (const isLasting of [false, true]) {
        const loop = puts.filter((put) => put.name === name && put.isLasting === isLasting)
        expect(loop.at(-1)).toMatchObject({ isReached: false, end: 'stored' })
        expect(loop.length).toBeGreaterThan(name === 'short write' ? 3 : 12)
      }
  })

  test('P4 a put that resolves leaves the whole object, and a put that rejects leaves nothing', () => {
    for (const put of puts) {
      const whole = { end: 'stored', content: 'some bytes of a file' }
      expect(put).toMatchObject(put.end === 'stored' ? whole : { end: 'object_store_unavailable' })
      expect(put).toMatchObject({ leaked: 0, unfinished: 0 })
      if (put.end !== 'stored') expect(put).not.toHaveProperty('content')
    }
  })

  test('a short write loses no bytes', () => {
    expect(puts.filter(({ name }) => name === 'short write').map(({ end }) => end)).not.toContain(
      'object_store_unavailable',
    )
  })
})
