import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { igzipCompressor } from '../../src/compress/igzip-compressor.ts'
import { compressorContract, inputOf, packed, standstill } from '../contract/compressor.ts'

const LOADER = join(import.meta.dirname, '../fixtures/typescript-loader.js')
const OPTIONS = { level: 2, blockBytes: 250_000 }
const igzip = await igzipCompressor(OPTIONS).catch(() => undefined)
// Where CI runs, half a suite must not look like a whole one.
if (igzip === undefined && process.env['CI']) throw new Error('igzip is missing (Debian: isal)')
if (igzip === undefined) process.stderr.write('SKIPPED: igzip is not installed (Debian: isal)\n')

describe.skipIf(igzip === undefined)('igzip', () => {
  if (igzip !== undefined) compressorContract(igzip, 20, 5_000_000)
})

// What it is tried with has 15 bytes.
const FIRST = `[ "$(head -c 16 | wc -c)" = 15 ] && { printf 'user_id,email\\r\\n' | gzip -n -c; exit; }`

describe('a program in place of igzip', () => {
  const folder = mkdtempSync(join(tmpdir(), 'muster-igzip-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  function program(name: string, script: string): string {
    const path = join(folder, name)
    writeFileSync(path, `#!/bin/sh\n${script}\n`)
    chmodSync(path, 0o755)
    return path
  }

  const lines = inputOf(Array(300).fill(Buffer.alloc(1000, 'a line')))

  const tried = (path: string) => igzipCompressor({ ...OPTIONS, program: path })

  test.each([
    ['is not there', '', /could not be started: .*ENOENT/],
    ['makes no gzip', 'cat', /its checksum is not that of the lines/],
    ['makes gzip of something else', 'cat > /dev/null; printf x | gzip -n -c', /its checksum/],
    ['makes gzip of nothing readable', 'gzip -n -c | tail -c 8', /made no gzip/],
    ['makes two members', 'gzip -n -c < /dev/null; gzip -n -c', /made more than one gzip member/],
    ['ends badly', 'gzip -c; echo "no more room" >&2; exit 3', /ended with code 3: no more room/],
  ])('a program that %s is refused at the start', async (name, script, how) => {
    const path = script === '' ? join(folder, 'none') : program(name.replaceAll(' ', '-'), script)
    await expect(tried(path)).rejects.toMatchObject({
      code: 'compressor_failed',
      message: expect.stringMatching(how),
    })
  })

  test('a program that does not exist is refused with the code of the system', async () => {
    await expect(tried(join(folder, 'none'))).rejects.toMatchObject({ cause: { code: 'ENOENT' } })
  })

  test('a program that hangs in its trial is refused after the time limit', async () => {
    const path = program('still', 'kill -STOP $$')
    await expect(igzipCompressor({ ...OPTIONS, program: path, trySeconds: 0.2 })).rejects.toThrow(
      'was not done after 0.2 seconds',
    )
  })

  test('igzip is refused if no pipe can be made', async () => {
    const { TMPDIR: before } = process.env
    const long = join(folder, 'l'.repeat(100))
    mkdirSync(long)
    try {
      process.env['TMPDIR'] = long
      await expect(igzipCompressor(OPTIONS)).rejects.toThrow(/could not be given a pipe: .*too long/)
      expect(readdirSync(long)).toEqual([])
      process.env['TMPDIR'] = join(folder, 'none')
      await expect(igzipCompressor(OPTIONS)).rejects.toMatchObject({
        message: expect.stringMatching(/could not be given a pipe: ENOENT/),
        cause: { code: 'ENOENT' },
      })
    } finally {
      if (before === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = before
    }
  })

  test('a missing file descriptor fails the file with a code, and later files succeed', async () => {
    const script = 'ulimit -n 80; exec "$@"'
    const child = ['--import', LOADER, join(import.meta.dirname, '../fixtures/few-descriptors.ts')]
    const env = { ...process.env, TMPDIR: mkdtempSync(join(folder, 'few-')) }
    const command = ['-c', script, 'sh', process.execPath, ...child]
    const { stdout } = await promisify(execFile)('sh', command, { env })
    // With none to be had, with some but too few, and with enough.
    expect(stdout).toMatch(/^(compressor_failed\n){3,}(made\n)+$/)
    expect(readdirSync(env.TMPDIR)).toEqual([])
  })

  test('igzip runs without name and time, at the level, and without our environment variables', async () => {
    const path = program(
      'told',
      `printf '%s ' "$@" > ${folder}/arguments; env > ${folder}/environment; exec gzip -n -c`,
    )
    process.env['MUSTER_SECRET_OF_A_TEST'] = 'secret'
    await tried(path).finally(() => delete process.env['MUSTER_SECRET_OF_A_TEST'])
    expect(readFileSync(join(folder, 'arguments'), 'utf8')).toBe('-n -c -2 ')
    expect(readFileSync(join(folder, 'environment'), 'utf8')).not.toContain('MUSTER')
  })

  // A terminal's Ctrl-C goes to a whole group, and Muster lets exports finish.
  test.skipIf(process.platform !== 'linux')('igzip runs in a process group of its own', async () => {
    const path = program('grouped', `cut -d ' ' -f 1,5 /proc/$$/stat > ${folder}/group; exec gzip -n -c`)
    await tried(path)
    expect(readFileSync(join(folder, 'group'), 'utf8')).toMatch(/^(\d+) \1\n$/)
  })

  test.each([
    ['reads no more', 'head -c 15 | gzip -n -c', /is not that of the lines/],
    ['ends badly', 'cat > /dev/null; exit 7', /ended with code 7/],
    ['is killed', 'kill -9 $$', /ended with SIGKILL/],
  ])('a program that %s fails the file', async (name, script, how) => {
    const compress = await tried(program(name.replaceAll(' ', '-'), `${FIRST}\n${script}`))
    await expect(packed(compress, [lines])).rejects.toMatchObject({
      code: 'compressor_failed',
      message: expect.stringMatching(how),
    })
  })

  test('a program that hangs ends with the abort', async () => {
    const compress = await tried(program('stands', `${FIRST}\nhead -c 50000 | gzip -n -c; kill -STOP $$`))
    const stop = new AbortController()
    const reading = (async () => {
      for await (const { release } of compress([lines], 1, stop.signal)) {
        release()
        stop.abort(new Error('no longer wanted'))
      }
    })()
    await expect(reading).rejects.toThrow('no longer wanted')
  })

  test('a program that hangs for too long fails the file', async () => {
    const path = program('stalls', `${FIRST}\nhead -c 50000 | gzip -n -c; kill -STOP $$`)
    const compress = await igzipCompressor({ ...OPTIONS, program: path, stallSeconds: 0.3 })
    await expect(packed(compress, [lines])).rejects.toMatchObject({
      code: 'compressor_failed',
      message: expect.stringContaining('did nothing for 0.3 seconds'),
    })
  })

  test('a program that has written everything and does not end fails the file', async () => {
    const path = program('lingers', `${FIRST}\ngzip -n -c; exec >&-; kill -STOP $$`)
    const compress = await igzipCompressor({ ...OPTIONS, program: path, stallSeconds: 0.3 })
    await expect(packed(compress, [lines])).rejects.toThrow('did nothing for 0.3 seconds')
  })

  test.each([
    ['puts another member in front', `printf 'x' | gzip -n -c; exec gzip -n -c`],
    ['puts a member of another header in front', `printf 'x' | gzip -9 -c; exec gzip -n -c`],
    ['puts another member behind', `gzip -n -c; printf 'x' | gzip -n -c`],
    ['cuts the lines into two members', `head -c 50000 | gzip -n -c; exec gzip -n -c`],
  ])('a program that %s fails the file', async (name, script) => {
    const compress = await tried(program(name.replaceAll(' ', '-'), `${FIRST}\n${script}`))
    await expect(packed(compress, [lines])).rejects.toMatchObject({ code: 'compressor_failed' })
  })

  test('a program that ends while an input waits fails the file at once', async () => {
    const compress = await tried(
      program('early', '[ -e "$0.tried" ] && exit 7; : > "$0.tried"; exec gzip -n -c'),
    )
    await expect(packed(compress, [standstill(10).input])).rejects.toThrow('ended with code 7')
  })
})
