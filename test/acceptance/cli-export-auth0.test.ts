import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Auth0Server, startAuth0 } from '../fixtures/auth0-server.ts'
import { type CliResult, startCli } from './cli-process.ts'

const USERS = 2000

describe('muster export from a tenant of Auth0', () => {
  let auth0: Auth0Server
  let certificates: string
  let folder: string
  beforeAll(async () => {
    certificates = mkdtempSync(join(tmpdir(), 'muster-auth0-'))
    folder = mkdtempSync(join(tmpdir(), 'muster-cli-'))
    auth0 = await startAuth0({ folder: certificates })
    const [connection] = auth0.connections
    for (let index = 0; index < USERS; index++)
      connection?.users.push({
        user_id: `auth0|${index}`,
        email: `user${index}@auth0.example`,
        name: `"${index}"\nsecond line`,
      } as never)
  })
  afterAll(async () => {
    await auth0.stop()
    for (const made of [certificates, folder]) rmSync(made, { recursive: true })
  })
  beforeEach(() => {
    for (const name of readdirSync(folder)) rmSync(join(folder, name))
  })

  const start = (words: readonly string[]) =>
    startCli(['export', '--domain', auth0.domain, '--ca-file', auth0.caFile, ...words], {
      cwd: folder,
      env: {
        MUSTER_CLIENT_ID: auth0.client.id,
        MUSTER_CLIENT_SECRET: auth0.client.secret,
        MUSTER_URL: undefined,
        XDG_CONFIG_HOME: folder,
      },
    })
  const run = (words: readonly string[]): Promise<CliResult> => start(words).ended
  const read = (name: string): Buffer => readFileSync(join(folder, name))
  const files = (): readonly string[] => readdirSync(folder).sort()

  test('a CSV file is whole, and its users are counted', async () => {
    const { code, stdout, stderr } = await run(['--output', 'users.csv.gz'])
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(stdout).toMatch(/^users\.csv\.gz: 2,000 users, .*Auth0 gives no receipt\n$/)
    expect(gunzipSync(read('users.csv.gz')).toString()).toContain(`user${USERS - 1}@auth0.example`)
  })

  test('NDJSON is unpacked, and cut into arrays that an import takes', async () => {
    const fields = ['--format', 'json', '--field', 'user_id', '--field', 'email=mail']
    expect(await run([...fields, '--gunzip', '--output', 'users'])).toMatchObject({ code: 0 })
    const lines = read('users').toString().trimEnd().split('\n')
    expect(lines).toHaveLength(USERS)
    expect(JSON.parse(lines[0] ?? '')).toEqual({ user_id: 'auth0|0', mail: 'user0@auth0.example' })
    rmSync(join(folder, 'users'))
    const words = [
      '--connection',
      'Username-Password-Authentication',
      '--max-bytes',
      '50000',
      '--output',
      'users.json',
    ]
    expect(await run([...fields, ...words])).toMatchObject({ code: 0 })
    const arrays = files().map((name) => JSON.parse(read(name).toString()) as unknown[])
    expect(arrays.length).toBeGreaterThan(1)
    expect(arrays.flat()).toEqual(lines.map((line) => JSON.parse(line)))
  })

  test('a connection that is cut, a 429 and a link that has expired in the middle leave a whole file', async () => {
    auth0.fail(1, 'POST', /users-exports/, { kind: 'busy', seconds: 1 })
    auth0.fail(1, 'GET', /\/jobs\//, { kind: 'busy', seconds: 1 })
    for (let cuts = 0; cuts < 5; cuts++) auth0.fail(1, 'GET', /^\/exports\//, { kind: 'cut', bytes: 2048 })
    auth0.fail(1, 'GET', /^\/exports\//, {
      kind: 'answer',
      reply: { status: 403, json: { Code: 'AccessDenied', Message: 'Request has expired' } },
    })
    const { code, stderr } = await run(['--format', 'json', '--gunzip', '--output', 'users'])
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('The link had expired.'),
    })
    expect(stderr).toContain('Global limit has been reached')
    expect(read('users').toString().trimEnd().split('\n')).toHaveLength(USERS)
  })

  test.each([
    [['--query', 'email:a'], '--query'],
    [['--since', '2026-01-01T00:00:00Z', '--sort', 'email:1'], '--since, --sort'],
    [['--guard', 'none', '--no-header'], '--guard, --header'],
    [['--ignore-deletions'], '--ignore-deletions'],
    [['--receipt'], '--receipt'],
    [['--discover'], '--discover'],
  ])('an export with %j is refused before anything is asked', async (words, named) => {
    const before = auth0.requests.length
    const result = await run(words)
    expect(result).toMatchObject({ code: 2, stderr: expect.stringContaining('Auth0') })
    for (const flag of named.replace('--header', '--no-header').split(', '))
      expect(result.stderr).toContain(flag)
    expect(auth0.requests).toHaveLength(before)
  })

  test('Ctrl-C leaves no file, and says that the job goes on', async () => {
    const { child, ended } = start(['--output', 'users.gz'])
    child.stderr?.on('data', (chunk: Buffer) => {
      if (String(chunk).startsWith('Export job_')) child.kill('SIGINT')
    })
    const result = await ended
    expect(result).toMatchObject({ code: 130, stderr: expect.stringContaining('Auth0 cannot cancel a job') })
    expect(files()).toEqual([])
  })

  test('a client without the scope is refused in the words of Auth0', async () => {
    const strict = await startAuth0({ folder: certificates, scopes: [] })
    try {
      const { code, stderr } = await startCli(
        ['export', '--domain', strict.domain, '--ca-file', strict.caFile],
        {
          cwd: folder,
          env: {
            MUSTER_CLIENT_ID: strict.client.id,
            MUSTER_CLIENT_SECRET: strict.client.secret,
            XDG_CONFIG_HOME: folder,
          },
        },
      ).ended
      expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringContaining('read:users') })
    } finally {
      await strict.stop()
    }
  })
})
