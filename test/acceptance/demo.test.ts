import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Reached, reachServer } from './harness.ts'
import { environmentOf } from './run-muster.ts'

const run = promisify(execFile)
const ROOT = resolve(import.meta.dirname, '../..')
const MAIN = join(ROOT, 'dist/main.js')

describe('the demo', () => {
  let server: Reached
  let folder: string
  let printed: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'muster-demo-typed-'))
    server = await reachServer()
    ;({ stdout: printed } = await run(process.execPath, [join(ROOT, 'scripts/demo.js')], { timeout: 60_000 }))
  })
  afterAll(async () => {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test('the demo ends well within a minute', () => {
    expect(printed).toContain('Done. The server is stopped')
    expect(printed).toContain('The file is the one that the receipt describes.')
  })

  test('a reader can type every line that the demo shows', async () => {
    const lines = [...printed.matchAll(/^\$ (.*)$/gm)].map(([, line = '']) => line)
    const typed = lines.filter((line) => !/^(alias|export|muster serve)\b/.test(line))
    expect(typed.length).toBeGreaterThan(10)
    writeFileSync(join(folder, 'muster'), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`, {
      mode: 0o755,
    })
    const env = {
      ...process.env,
      ...environmentOf(server, folder),
      PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    }
    const { stdout } = await run('sh', ['-euc', typed.join('\n')], { env, cwd: folder, maxBuffer: 1e8 })
    expect(stdout).toContain('The file is the one that the receipt describes.')
  })
})
