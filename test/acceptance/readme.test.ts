import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Reached, reachServer } from './harness.ts'
import { environmentOf } from './run-muster.ts'

const run = promisify(execFile)
const ROOT = resolve(import.meta.dirname, '../..')

let server: Reached
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'muster-readme-'))
  symlinkSync(join(ROOT, 'dist'), join(folder, 'dist'))
  server = await reachServer()
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

interface Typed {
  readonly line: string
  /** What the page shows below the line; `…` stands for anything. */
  readonly shown: string
}

function transcriptIn(page: string): readonly Typed[] {
  const [, block = ''] = /```console\n([\s\S]*?)```/.exec(page) ?? []
  return block
    .split(/^\$ /m)
    .filter((part) => part !== '')
    .map((part) => {
      const [line = '', ...shown] = part.split('\n')
      return { line, shown: shown.join('\n') }
    })
}

function patternOf(shown: string): RegExp {
  const escaped = shown.trim().replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${escaped.replaceAll('…', '[\\s\\S]*?')}$`)
}

test('the first export of the README prints what the README shows', async () => {
  const typed = transcriptIn(readFileSync(join(ROOT, 'README.md'), 'utf8'))
  expect(typed.length).toBeGreaterThan(3)
  const env = { ...process.env, ...environmentOf(server, folder) }
  const before = typed.filter(({ line }) => line.startsWith('alias ')).map(({ line }) => line)
  for (const { line, shown } of typed.filter((each) => !before.includes(each.line))) {
    const script = ['exec 2>&1', ...before, line].join('\n')
    const { stdout } = await run('sh', ['-euc', script], { env, cwd: folder })
    expect(stdout.trim(), line).toMatch(patternOf(shown))
  }
})
