import assert from 'node:assert'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { findIgzip } from '../../src/encode/igzip-compressor.ts'
import { compressorContract, packed, partOf } from '../contract/compressor.ts'

const OPTIONS = { level: 2, blockBytes: 1000 }
const igzip = await findIgzip(OPTIONS)
// Where CI runs, half a suite must not look like a whole one.
if (igzip === undefined && process.env['CI']) throw new Error('igzip is missing (Debian: isal)')
if (igzip === undefined) process.stderr.write('SKIPPED: igzip is not installed (Debian: isal)\n')

describe.skipIf(igzip === undefined)('igzip', () => {
  if (igzip !== undefined) compressorContract(igzip, 20)
})

describe('a program in its place', () => {
  const folder = mkdtempSync(join(tmpdir(), 'muster-igzip-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  function program(name: string, script: string): string {
    const path = join(folder, name)
    writeFileSync(path, `#!/bin/sh\n${script}\n`)
    chmodSync(path, 0o755)
    return path
  }

  const lines = partOf(Array(300).fill(Buffer.alloc(1000, 'a line')))

  test('that is not there, or makes no gzip, is not found', async () => {
    expect(await findIgzip({ ...OPTIONS, program: join(folder, 'none') })).toBeUndefined()
    expect(await findIgzip({ ...OPTIONS, program: program('cat', 'cat') })).toBeUndefined()
    expect(await findIgzip({ ...OPTIONS, program: program('bad', 'gzip -c; exit 3') })).toBeUndefined()
  })

  test('is asked for no name and no time, at the level, and sees nothing of our environment', async () => {
    const path = program(
      'told',
      `printf '%s ' "$@" > ${folder}/arguments; env > ${folder}/environment; exec gzip -n -c`,
    )
    process.env['MUSTER_SECRET_OF_A_TEST'] = 'secret'
    expect(await findIgzip({ ...OPTIONS, program: path })).toBeDefined()
    expect(readFileSync(join(folder, 'arguments'), 'utf8')).toBe('-n -c -2 ')
    expect(readFileSync(join(folder, 'environment'), 'utf8')).not.toContain('MUSTER')
  })

  test.each([
    ['reads no more', 'head -c 15 | gzip -n -c', /is not that of the lines/],
    ['ends badly', 'cat > /dev/null; exit 7', /ended with code 7/],
    ['is killed', 'kill -9 $$', /ended with SIGKILL/],
  ])('that %s fails the file', async (name, script, how) => {
    // What it is tried with has 15 bytes.
    const tried = `[ "$(head -c 16 | wc -c)" = 15 ] && { printf 'user_id,email\\r\\n' | gzip -n -c; exit; }`
    const found = await findIgzip({
      ...OPTIONS,
      program: program(name.replaceAll(' ', '-'), `${tried}\n${script}`),
    })
    assert(found !== undefined)
    await expect(packed(found, [lines])).rejects.toMatchObject({
      code: 'compressor_failed',
      message: expect.stringMatching(how),
    })
  })
})
