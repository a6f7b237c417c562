import { spawn, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type CliWorld, LARGE, newCliWorld, sha256Of, USERS, usersIn, usersInGzip } from './cli-world.ts'
import { ENGINES } from './harness.ts'

const MAIN = resolve(import.meta.dirname, '../../dist/main.js')
const HAS_SCRIPT = spawnSync('script', ['--version']).error === undefined
if (!HAS_SCRIPT)
  process.stderr.write('There is no "script" (util-linux): the tests on a terminal are SKIPPED.\n')

interface Summary {
  readonly job: string
  readonly files: readonly { readonly path: string; readonly bytes: number }[]
  readonly users: number
  readonly verified: boolean
  readonly sha256: string
  readonly until: string
  readonly receipt?: string
}

describe.each(ENGINES)('muster export from a server on %s', (engine) => {
  let world: CliWorld
  beforeAll(async () => {
    world = await newCliWorld(engine)
  })
  afterAll(() => world.stop())
  beforeEach(() => world.clear())

  test('P35 an export without options puts all users into a verified file with the name that the server gives', async () => {
    const { code, stdout, stderr } = await world.run(['export'])
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringMatching(/^Export job_\w{16}\n/) })
    expect(stdout).toMatch(/^muster\.csv\.gz: 3,000 users, [\d,]+ bytes, verified by its receipt\n$/)
    expect(world.files()).toEqual(['muster.csv.gz'])
    const rows: string[][] = parse(gunzipSync(world.read('muster.csv.gz')))
    expect(rows).toHaveLength(USERS + 1)
    expect(rows[1]?.[1]).toBe("'user0@cli.example")
  })

  test('the examples of --help and of docs/cli-export.md work as they are written', async () => {
    const page = readFileSync(resolve(import.meta.dirname, '../../docs/cli-export.md'), 'utf8')
    const { stdout: help } = await world.run(['export', '--help'])
    const examples = [help, page]
      .flatMap((text) => text.match(/^ *muster export .*$/gm) ?? [])
      .map((line) => line.trim())
    expect(examples).toHaveLength(6)
    // A tenant of Auth0 is in cli-export-auth0.test.ts.
    for (const example of examples.filter((line) => !line.includes('--domain'))) {
      const script = `set -o pipefail; muster() { '${process.execPath}' '${MAIN}' "$@"; }; ${example}`
      expect({ example, code: (await spawned(world, 'bash', ['-c', script])).code }).toEqual({
        example,
        code: 0,
      })
    }
  })

  test('each option of the request arrives at the server', async () => {
    writeFileSync(join(world.folder, 'fields'), 'user_id\napp_metadata["a=b"]=ab\n')
    const words = [
      '--fields',
      'fields',
      '--limit',
      '2',
      '--query',
      'email:*@cli.example',
      '--sort',
      'email:-1',
    ]
    const csv = [
      '--guard',
      'formula',
      '--delimiter',
      'tab',
      '--bom',
      '--newline',
      'crlf',
      '--no-header',
      '--discover',
    ]
    const connection = ['--connection', 'Username-Password-Authentication', '--since', '2026-01-01T00:00:00Z']
    const { code, stdout, stderr } = await world.run([
      'export',
      '--json',
      '--format',
      'csv',
      ...words,
      ...csv,
      ...connection,
    ])
    expect({ code, stderr }).toMatchObject({ code: 0 })
    const { job } = JSON.parse(stdout) as Summary
    expect(await (await world.api.get(`jobs/${job}`)).json()).toMatchObject({
      format: 'csv',
      connection: 'Username-Password-Authentication',
      fields: [{ name: 'user_id' }, { name: 'app_metadata["a=b"]', export_as: 'ab' }],
      limit: 2,
      q: 'email:*@cli.example',
      since: '2026-01-01T00:00:00Z',
      sort: 'email:-1',
      csv: { guard: 'formula', delimiter: '\t', bom: true, newline: '\r\n', header: false },
      metadata_columns: 'discover',
      summary: { total: 2 },
    })
  })

  test('a field file may be a JSON array', async () => {
    writeFileSync(join(world.folder, 'fields.json'), '["email=mail", {"name": "user_id"}]')
    await world.run(['export', '--fields', 'fields.json', '--format', 'json', '--gunzip', '--limit', '1'])
    expect(world.read('muster.json').toString()).toBe(
      '{"mail":"user0@cli.example","user_id":"auth0|user0"}\n',
    )
  })

  test('an unpacked file is that of the server, and its receipt is saved in the same folder', async () => {
    const { code, stdout } = await world.run([
      ...LARGE,
      '--gunzip',
      '--receipt',
      '--json',
      '--output',
      'u.ndjson',
    ])
    expect(code).toBe(0)
    const summary = JSON.parse(stdout) as Summary
    expect(summary).toMatchObject({
      users: USERS,
      verified: true,
      receipt: 'u.ndjson.receipt',
      files: [{ path: 'u.ndjson', bytes: world.read('u.ndjson').length }],
      until: expect.stringMatching(/Z$/),
    })
    expect(usersIn(world.read('u.ndjson'))).toBe(USERS)
    expect(world.files()).toEqual(['u.ndjson', 'u.ndjson.receipt'])
    await world.run(['export', '--job', summary.job, '--output', 'packed.gz'])
    expect(sha256Of(world.read('packed.gz'))).toBe(summary.sha256)
    const verify = [
      'verify',
      'packed.gz',
      'u.ndjson.receipt',
      '--jwks',
      `${world.proxy.url}/.well-known/jwks.json`,
    ]
    expect(await world.run(verify)).toMatchObject({ code: 0 })
  })

  test('arrays of a size are JSON, no larger than allowed, and have each user once, in order', async () => {
    const { code } = await world.run([...LARGE, '--max-bytes', '100000', '--output', 'part.json'])
    expect(code).toBe(0)
    const arrays = world.files().map((name) => world.read(name))
    expect(arrays.length).toBeGreaterThan(9)
    for (const array of arrays) expect(array.length).toBeLessThanOrEqual(100_000)
    const ids = arrays.flatMap((array) =>
      (JSON.parse(array.toString()) as { user_id: string }[]).map((user) => user.user_id),
    )
    expect(ids).toEqual(Array.from({ length: USERS }, (_, index) => `auth0|user${index}`))
    expect(world.files()[0]).toBe('part-0001.json')
  })

  test('a series of arrays does not mix with an earlier one', async () => {
    writeFileSync(join(world.folder, 'part-0001.json'), 'earlier')
    const { code, stderr } = await world.run([...LARGE, '--max-bytes', '100000', '--output', 'part.json'])
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('part-0001.json is of an earlier'),
    })
    expect(world.files()).toEqual(['part-0001.json'])
  })

  test('an array that cannot have one user leaves no file', async () => {
    const { code, stderr } = await world.run([...LARGE, '--max-bytes', '100'])
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('larger --max-bytes') })
    expect(world.files()).toEqual([])
  })

  test('an export without users is an empty array', async () => {
    await world.run([
      'export',
      '--json-array',
      '--query',
      'email:nobody@cli.example',
      '--output',
      'none.json',
    ])
    expect(world.read('none.json').toString()).toBe('[]\n')
  })

  test('standard output carries the file alone', async () => {
    const { code, stdout, stderr } = await world.run([...LARGE, '--gunzip', '--output', '-'])
    expect(code).toBe(0)
    expect(usersIn(Buffer.from(stdout))).toBe(USERS)
    expect(stderr).toContain('standard output: 3,000 users')
  })

  test('a reader that leaves standard output early gets its line, and the command ends with 0', async () => {
    const script = 'set -o pipefail; "$@" --gunzip --output - | head -1'
    const { code, output } = await spawned(world, 'bash', [
      '-c',
      script,
      'bash',
      process.execPath,
      MAIN,
      ...LARGE,
    ])
    expect({ code, lines: output.split('\n').length }).toEqual({ code: 0, lines: 2 })
    expect(world.files()).toEqual([])
  })

  test.runIf(HAS_SCRIPT)('a terminal shows a bar and no more than the sentence stays', async () => {
    const { code, output } = await spawned(world, 'script', [
      '-qec',
      `${process.execPath} ${MAIN} ${LARGE.join(' ')}`,
      '/dev/null',
    ])
    expect(code).toBe(0)
    expect(output).toContain('━')
    expect(output.split('\r\u001b[K').at(-1)).toMatch(/^muster\.json\.gz: 3,000 users/)
    expect(usersInGzip(world.read('muster.json.gz'))).toBe(USERS)
  })

  test.each([
    [['--output', 'no/such/folder/file'], 1, 'the folder does not exist'],
    [['--output', '/dev/null'], 2, 'is a device or a pipe'],
    [['--connection', 'Nobody'], 2, 'There is no connection Nobody'],
    [['--limit', 'many'], 2, '--limit expects a whole number above 0'],
    [['--format', 'csv', '--json-array'], 2, 'expect --format json'],
    [['--output', '-', '--receipt'], 2, 'Leave out --json and --receipt'],
    [['--job', 'job_0000000000000000'], 1, 'knows no job'],
    [['--job', 'job_0000000000000000', '--limit', '1'], 2, '--limit: The job of --job was asked for already'],
    [['--query', 'email:('], 3, 'query'],
    [['--client-secret', 'wrong'], 3, 'muster login'],
    [['--format', 'xml'], 2, 'Allowed choices'],
  ])('an export with %j fails with exit code %i and says why', async (words, code, why) => {
    const before = await world.jobs()
    const result = await world.run(['export', ...words])
    expect(result).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(why) })
    expect(world.files()).toEqual([])
    expect(await world.jobs()).toEqual(before)
  })
})

async function spawned(
  world: CliWorld,
  command: string,
  words: readonly string[],
): Promise<{ code: number | null; output: string }> {
  const child = spawn(command, words, {
    cwd: world.folder,
    env: { ...process.env, ...world.env, TERM: 'xterm' },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk
  })
  const code = await new Promise<number | null>((done) => child.once('close', done))
  return { code, output }
}
