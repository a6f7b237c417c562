import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const run = promisify(execFile)
const ROOT = resolve(import.meta.dirname, '../..')
const MIB = 1024 * 1024

interface Packed {
  readonly filename: string
  readonly size: number
  readonly files: readonly { readonly path: string }[]
}

describe('the packed package', () => {
  let folder: string
  let packed: Packed
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'muster-package-'))
    const { stdout } = await run(
      'npm',
      ['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
      {
        cwd: ROOT,
        maxBuffer: 1e8,
      },
    )
    packed = (JSON.parse(stdout) as [Packed])[0]
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('the package has what runs and what explains, and has less than 8 MiB', () => {
    const paths = packed.files.map(({ path }) => path)
    for (const path of ['dist/main.js', 'docs/cli.md', 'README.md', 'LICENSE']) expect(paths).toContain(path)
    expect(paths.filter((path) => /^(src|test|bench|scripts)\//.test(path))).toEqual([])
    expect(packed.size).toBeLessThan(8 * MIB)
    expect(packed.size).toBe(statSync(join(folder, packed.filename)).size)
  })

  test('npx muster runs from the installed package: help, the version, and a server', async () => {
    const options = {
      cwd: folder,
      env: { ...process.env, npm_config_update_notifier: 'false' },
      maxBuffer: 1e8,
    }
    await run('npm', ['init', '--yes'], options)
    const quiet = ['--no-audit', '--no-fund', '--omit=dev', '--prefer-offline']
    await run('npm', ['install', ...quiet, join(folder, packed.filename)], options)
    const help = await run('npx', ['muster', '--help'], options)
    expect(help.stdout).toContain('Usage: muster [options] [command]')
    const { stdout: users } = await run('npx', ['muster', 'generate', '--users', '3'], options)
    expect(users.trimEnd().split('\n')).toHaveLength(3)
    await serveAndStop(options)
  })

  async function serveAndStop(options: {
    readonly cwd: string
    readonly env: NodeJS.ProcessEnv
  }): Promise<void> {
    // The installed file itself, since a signal to npx does not reach the server.
    const main = join(folder, 'node_modules', '.bin', 'muster')
    const server = spawn(
      main,
      ['serve', '--json', '--port', '0', '--data-dir', join(folder, 'data')],
      options,
    )
    let said = ''
    server.stdout.on('data', (chunk) => {
      said += chunk
      if (said.includes('\n')) server.kill('SIGTERM')
    })
    const code = await new Promise((ended) => server.once('close', ended))
    expect({ code, said: JSON.parse(said) }).toEqual({
      code: 0,
      said: {
        url: expect.stringMatching(/^http:/),
        console: expect.stringMatching(/^http:.*\/#\/sign-in\//),
        notice: expect.stringContaining('client'),
      },
    })
  }
})
