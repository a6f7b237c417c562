import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CliResult } from './cli-process.ts'
import {
  type Api,
  apiOf,
  ENGINES,
  firstConnectionId,
  heldFetch,
  newDatabaseOn,
  type Reached,
  reachServer,
} from './harness.ts'
import { runMuster } from './run-muster.ts'

const run = promisify(execFile)
const MAIN = resolve(import.meta.dirname, '../../dist/main.js')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'muster-local-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const muster = (...words: readonly string[]): Promise<CliResult> => runMuster(words, { cwd: folder })

async function sh(script: string): Promise<string> {
  const env = { ...process.env, MUSTER: `${process.execPath} ${MAIN}` }
  const { stdout } = await run('bash', ['-euc', script], { env, cwd: folder, maxBuffer: 1e8 })
  return stdout
}

describe('muster generate', () => {
  test('the same seed writes the same file, to standard output as to a file', async () => {
    const { stdout } = await muster('generate', '--users', '500', '--seed', '4')
    const written = await muster(
      'generate',
      '--users',
      '500',
      '--seed',
      '4',
      '--output',
      'g.ndjson',
      '--json',
    )
    expect(readFileSync(join(folder, 'g.ndjson'), 'utf8')).toBe(stdout)
    expect(JSON.parse(written.stdout)).toMatchObject({ users: 500, seed: 4 })
    expect((await muster('generate', '--users', '500', '--seed', '5')).stdout).not.toBe(stdout)
  })

  test('a reader that wants the first lines only is no failure', async () => {
    expect(await sh('set -o pipefail; $MUSTER generate --users 200000 | head -n 1 | wc -l')).toBe('1\n')
  })

  test('memory does not grow with the number of users, from the generator to both converters', async () => {
    const small = 'NODE_OPTIONS=--max-old-space-size=40 $MUSTER'
    await sh(`${small} generate --users 150000 --output many.ndjson`)
    expect(statSync(join(folder, 'many.ndjson')).size).toBeGreaterThan(50e6)
    expect(
      await sh(`${small} convert many.ndjson --to csv --discover | ${small} convert - --to ndjson | wc -l`),
    ).toBe('150000\n')
  })
})

describe.each(ENGINES)('generated users on %s', (engine) => {
  let database: Awaited<ReturnType<typeof newDatabaseOn>>
  let server: Reached
  let api: Api
  let connection: string
  beforeAll(async () => {
    database = await newDatabaseOn(engine)
    server = await reachServer(database === undefined ? {} : { databaseUrl: database.url })
    api = await apiOf(server)
    connection = await firstConnectionId(api)
  })
  afterAll(async () => {
    await server.stop()
    await database?.stop()
  })

  async function summaryOf(body: string, query = ''): Promise<unknown> {
    const url = `${server.url}/api/v2/jobs/users-imports?connection_id=${connection}${query}`
    const headers = { ...api.headers, 'content-type': 'application/x-ndjson' }
    const { id } = (await (await heldFetch(url, { method: 'POST', headers, body })).json()) as { id: string }
    return (await api.job(id, 'completed', 'failed'))['summary']
  }

  test('an import takes all of them, as they are and with --preserve', async () => {
    const plain = await muster('generate', '--users', '3000', '--seed', '11')
    const none = { failed: 0, updated: 0, total: 3000, inserted: 3000 }
    expect(await summaryOf(plain.stdout)).toEqual(none)
    const preserved = await muster('generate', '--users', '3000', '--seed', '12', '--preserve')
    expect(await summaryOf(preserved.stdout, '&preserve=true')).toEqual(none)
  })
})

describe('muster convert', () => {
  test('CSV in each guard, arrays and gzip become the NDJSON again that they were made of', async () => {
    const { stdout: ndjson } = await muster('generate', '--users', '400', '--seed', '2')
    writeFileSync(join(folder, 'a.ndjson'), ndjson)
    const lines = ndjson
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object)
    const fields = [
      'email',
      'user_id',
      'email_verified',
      'given_name',
      'family_name',
      'name',
      'nickname',
      'blocked',
      'picture',
    ]
    const named = fields.flatMap((field) => ['--field', field])
    for (const guard of ['auth0', 'formula', 'none']) {
      const made = await muster(
        'convert',
        'a.ndjson',
        '--to',
        'csv',
        '--guard',
        guard,
        '--discover',
        ...named,
        '--output',
        'a.csv',
      )
      expect(made, made.stderr).toMatchObject({ code: 0 })
      const back = await muster('convert', 'a.csv', '--to', 'ndjson')
      expect(
        back.stdout
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as object),
        guard,
      ).toEqual(lines)
    }
    const array = await muster('convert', 'a.ndjson', '--to', 'json')
    expect(JSON.parse(array.stdout)).toEqual(lines)
    writeFileSync(join(folder, 'a.json.gz'), gzipSync(array.stdout))
    expect((await muster('convert', 'a.json.gz', 'a.ndjson', '--to', 'ndjson')).stdout).toBe(ndjson + ndjson)
  })

  test('arrays of a size are whole arrays within the size, with every user once', async () => {
    await muster('generate', '--users', '2000', '--output', 'b.ndjson')
    const made = await muster(
      'convert',
      'b.ndjson',
      '--to',
      'json',
      '--max-bytes',
      '100000',
      '--output',
      'b.json',
      '--json',
    )
    const { files } = JSON.parse(made.stdout) as { files: { path: string; bytes: number }[] }
    const users = files.flatMap(
      ({ path }) => JSON.parse(readFileSync(join(folder, path), 'utf8')) as { user_id: string }[],
    )
    expect(new Set(users.map(({ user_id: id }) => id)).size).toBe(2000)
    expect(users).toHaveLength(2000)
    for (const { path, bytes } of files) {
      expect(bytes).toBeLessThanOrEqual(100_000)
      expect(statSync(join(folder, path)).size).toBe(bytes)
    }
  })

  test('entries that are no users are named, left out, and make the exit code 5', async () => {
    writeFileSync(
      join(folder, 'bad.ndjson'),
      '{"email":"a@example.com"}\n{"email":\n5\n{"email":"b@example.com"}\n',
    )
    const { code, stdout, stderr } = await muster('convert', 'bad.ndjson', '--to', 'ndjson')
    expect({ code, stdout }).toEqual({
      code: 5,
      stdout: '{"email":"a@example.com"}\n{"email":"b@example.com"}\n',
    })
    expect(stderr).toContain('bad.ndjson: Line 2 is not JSON')
    expect(stderr).toContain('line 3 is no object')
    expect(stderr).toContain('entries_unreadable: 2 of 4 entries')
  })

  test('a conversion that fails leaves no file', async () => {
    writeFileSync(join(folder, 'cut.json'), '[{"email":"a@example.com"},{"email":"b@ex')
    const failed = await muster('convert', 'cut.json', '--to', 'csv', '--output', 'cut.csv')
    expect(failed).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cut.json: The users file breaks off'),
    })
    expect(readdirSync(folder).filter((name) => name.startsWith('cut.csv'))).toEqual([])
    expect((await muster('convert', 'none.json', '--to', 'csv')).code).toBe(1)
    for (const words of [
      ['--max-bytes', '9', '--to', 'csv'],
      ['--to', 'csv', '--field', 'a..b'],
      ['--to', 'xml'],
      [],
    ])
      expect((await muster('convert', 'bad.ndjson', ...words)).code, words.join(' ')).toBe(2)
    expect((await runMuster(['convert', '-', '--to', 'csv', '--discover'], { cwd: folder })).code).toBe(2)
  })
})

describe('muster completion', () => {
  test('bash completes commands, options and their values by the script', async () => {
    const script = `
      mkdir -p bin; printf '#!/bin/sh\\nexec %s "$@"\\n' "$MUSTER" > bin/muster; chmod +x bin/muster; PATH="$PWD/bin:$PATH"
      set +u; _get_comp_words_by_ref() { :; }; __ltrim_colon_completions() { :; }
      source <(muster completion bash); complete -p muster`
    expect(await sh(script)).toContain('muster')
    const asked = async (...words: readonly string[]): Promise<string[]> =>
      (await muster('complete', '--', ...words)).stdout.split('\n').map((line) => line.split('\t')[0] ?? '')
    expect(await asked('ex')).toEqual(['export', ':4', ''])
    expect(await asked('jobs', 'wa')).toEqual(['watch', ':4', ''])
    expect(await asked('source', '')).toEqual(['check', ':4', ''])
    expect(await asked('jobs', 'list', '--sta')).toEqual(['--status', ':4', ''])
    expect(await asked('export', '--guard', '')).toEqual(['auth0', 'formula', 'none', ':4', ''])
    // Directive 0: the shell offers names of files.
    expect(await asked('convert', '')).toEqual([':0', ''])
    expect(await asked('export', '--fields', '')).toEqual([':0', ''])
  })

  test.each(['zsh', 'fish', 'powershell'])('a script for %s is printed', async (shell) => {
    expect(await muster('completion', shell)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('muster'),
    })
  })

  test('a shell that is not known is refused', async () => {
    expect((await muster('completion', 'tcsh')).code).toBe(2)
  })
})
