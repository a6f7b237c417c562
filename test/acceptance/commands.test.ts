import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Auth0Server, startAuth0 } from '../fixtures/auth0-server.ts'
import type { CliResult } from './cli-process.ts'
import {
  type Api,
  apiOf,
  ENGINES,
  firstConnectionId,
  heldFetch,
  importMany,
  newDatabaseOn,
  type Reached,
  reachServer,
} from './harness.ts'
import { environmentOf, HAS_SCRIPT, runMuster, runOnTerminal } from './run-muster.ts'
import { CLIENT } from './start-process.ts'

const CTRL_C = '\u0003'

describe.each(ENGINES)('commands against a server on %s', (engine) => {
  let database: Awaited<ReturnType<typeof newDatabaseOn>>
  let server: Reached
  let api: Api
  let connection: string
  let folder: string
  let env: Record<string, string>
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'muster-commands-'))
    database = await newDatabaseOn(engine)
    server = await reachServer(database === undefined ? {} : { databaseUrl: database.url })
    env = environmentOf(server, folder)
    api = await apiOf(server)
    connection = await firstConnectionId(api)
    await importMany(api, connection, [
      { email: 'ada@example.com', name: 'Ada', user_metadata: { id: 1 } },
      { email: 'esc@example.com', name: 'a\u001b[2J\tb\nc' },
    ])
  })
  afterAll(async () => {
    await server.stop()
    await database?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const muster = (...words: readonly string[]): Promise<CliResult> => runMuster(words, { env })
  const json = async <T>(...words: readonly string[]): Promise<T> => {
    const ended = await muster(...words, '--json')
    expect(ended, JSON.stringify(ended)).toMatchObject({ code: 0 })
    return JSON.parse(ended.stdout) as T
  }

  test('muster connections prints a table with tabs, or JSON', async () => {
    const { code, stdout } = await muster('connections')
    expect({ code, lines: stdout.split('\n') }).toEqual({
      code: 0,
      lines: ['id\tname\tstrategy', `${connection}\tUsername-Password-Authentication\tauth0`, ''],
    })
    expect(await json('connections')).toMatchObject([{ id: connection, strategy: 'auth0' }])
  })

  test('P36 a profile is stored for its owner alone, is used by its name, listed without its secret, and removed', async () => {
    const login = ['login', '--profile', 'work', '--url', server.url, '--client-id', CLIENT.id]
    const own = { XDG_CONFIG_HOME: join(folder, 'own') }
    const wrong = await runMuster(login, { env: own, input: 'a-wrong-secret-of-mine\n' })
    expect(wrong).toMatchObject({ code: 3, stdout: '' })
    expect(wrong.stderr).toContain('The client id or the secret is wrong')
    expect((await runMuster(login, { env: own })).code).toBe(2)
    expect((await runMuster(['connections', '--profile', 'work'], { env: own })).code).toBe(2)
    expect(await runMuster(login, { env: own, input: `${CLIENT.secret}\n` })).toMatchObject({ code: 0 })
    const modes = ['muster', 'muster/profiles.json'].map(
      (path) => statSync(join(folder, 'own', path)).mode & 0o777,
    )
    expect(modes).toEqual([0o700, 0o600])
    const used = await runMuster(['connections'], { env: { ...own, MUSTER_PROFILE: 'work' } })
    expect(used).toMatchObject({ code: 0, stdout: expect.stringContaining(connection) })
    const listed = await runMuster(['login', '--list'], { env: own })
    expect(listed.stdout).toBe(`name\tserver\tsigns in by\nwork\t${server.url}\t${CLIENT.id}\n`)
    expect((await runMuster(['login', '--remove', 'work'], { env: own })).code).toBe(0)
    expect((await runMuster(['login', '--list', '--json'], { env: own })).stdout).toBe('[]\n')
  })

  test('P36 a stored secret is sent to no server but its own', async () => {
    const own = { XDG_CONFIG_HOME: join(folder, 'safe') }
    const stored = ['login', '--no-check', '--url', 'http://127.0.0.1:9', '--client-id', CLIENT.id]
    expect((await runMuster(stored, { env: own, input: CLIENT.secret })).code).toBe(0)
    const other = await runMuster(['connections', '--url', server.url], { env: own })
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('No client is named') })
    // A typed profile takes nothing from variables, whose server is another one.
    const typed = await runMuster(['connections', '--profile', 'default'], { env: { ...env, ...own } })
    expect(typed).toMatchObject({ code: 1, stderr: expect.stringContaining('http://127.0.0.1:9') })
    const both = await runMuster(['connections', '--profile', 'default', '--url', server.url], { env: own })
    expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining('Two servers are named') })
  })

  test.runIf(HAS_SCRIPT)('muster login asks on a terminal, and the secret is not shown', async () => {
    const own = { XDG_CONFIG_HOME: join(folder, 'asked') }
    const { code, stdout } = await runOnTerminal(['login'], {
      env: own,
      typed: [
        [/URL of a Muster/, `${server.url}\r`],
        [/Client id/, `${CLIENT.id}\r`],
        [/Secret of/, `${CLIENT.secret}\r`],
      ],
    })
    expect(code, stdout).toBe(0)
    expect(stdout).toContain(`Stored default, for ${server.url}`)
    expect(stdout).not.toContain(CLIENT.secret)
    expect((await runMuster(['connections'], { env: own })).code).toBe(0)
  })

  test('a client is created, used, granted more, given a new secret and deleted', async () => {
    type Made = { client_id: string; client_secret: string }
    const { client_id: id, client_secret: secret } = await json<Made>(
      'clients',
      'create',
      'Nightly',
      '--scope',
      'read:users',
    )
    const as = (clientSecret: string, ...words: readonly string[]): Promise<CliResult> =>
      runMuster(words, { env: { ...env, MUSTER_CLIENT_ID: id, MUSTER_CLIENT_SECRET: clientSecret } })
    expect((await as(secret, 'users', 'search')).code).toBe(0)
    const refused = await as(secret, 'connections')
    expect(refused).toMatchObject({ code: 3, stdout: '' })
    expect(refused.stderr).toContain(`muster clients grant CLIENT_ID --scope read:connections`)
    expect((await muster('clients', 'grant', id, '--scope', 'read:connections,read:users')).code).toBe(0)
    expect((await as(secret, 'connections')).code).toBe(0)
    const listed = await json<{ client_id: string; scope: string[] }[]>('clients', 'list')
    expect(listed.find((each) => each.client_id === id)?.scope.toSorted()).toEqual([
      'read:connections',
      'read:users',
    ])
    expect(await muster('clients', 'rotate', id)).toMatchObject({ code: 4, stdout: '' })
    expect((await as(secret, 'connections')).code).toBe(0)
    const rotated = (await muster('clients', 'rotate', id, '--yes', '--quiet')).stdout
    expect(rotated).toMatch(/^[\w-]{32,}\n$/)
    expect((await as(secret, 'connections')).code).toBe(3)
    expect((await as(rotated.trim(), 'connections')).code).toBe(0)
    expect((await muster('clients', 'delete', id)).code).toBe(4)
    expect((await muster('clients', 'delete', id, '--yes')).code).toBe(0)
    expect((await muster('clients', 'delete', id, '--yes')).code).toBe(3)
  })

  test('users are found by a query, and shown by id or by address', async () => {
    const { stdout } = await muster('users', 'search', 'email:ada@example.com')
    const [head, row, end] = stdout.split('\n')
    expect([head, end]).toEqual(['user_id\temail\tname\tconnection\tlast login', ''])
    const [id = ''] = row?.split('\t') ?? []
    expect(row).toBe(`${id}\tada@example.com\tAda\tUsername-Password-Authentication\t`)
    expect(await json('users', 'show', id)).toMatchObject({ user_id: id, user_metadata: { id: 1 } })
    expect(await json('users', 'show', 'ada@example.com')).toMatchObject({ user_id: id })
    expect((await muster('users', 'show', 'auth0|none')).code).toBe(3)
    expect((await muster('users', 'search', 'email:[')).code).toBe(3)
    expect((await muster('users', 'search', '--limit', '0')).code).toBe(2)
    expect(await json('users', 'search', '--limit', '1')).toHaveLength(1)
  })

  test('a name with control characters cannot break a table', async () => {
    const words = ['users', 'search', 'email:esc@example.com']
    const piped = (await muster(...words)).stdout
    expect(piped.split('\n')[1]?.split('\t')[2]).toBe('a?[2J b c')
    if (!HAS_SCRIPT) return
    const { stdout } = await runOnTerminal(words, { env })
    expect(stdout).toContain('a?[2J b c')
    expect(stdout).not.toContain('\u001b[2J')
  })

  test.runIf(HAS_SCRIPT)('a table has colours on a terminal, and none with NO_COLOR', async () => {
    const colours = '\u001b['
    const coloured = await runOnTerminal(['connections'], { env })
    expect(coloured.stdout).toContain(colours)
    expect(coloured.stdout).not.toContain('\t')
    const plain = await runOnTerminal(['connections'], { env: { ...env, NO_COLOR: '1' } })
    expect(plain.stdout).not.toContain(colours)
    expect((await muster('connections')).stdout).not.toContain(colours)
  })

  test.runIf(HAS_SCRIPT)('a table fits the terminal, and its ids stay whole', async () => {
    const long = 'x'.repeat(200)
    await importMany(api, connection, [{ email: 'long@example.com', name: long }])
    const { stdout } = await runOnTerminal(['users', 'search', 'email:long@example.com'], { env })
    const [, row = ''] = stdout.trimEnd().split('\r\n')
    expect(row).toMatch(/^auth0\|[\da-f]{24} {2}long@example\.com {2}x+… {2}Username/)
    expect(row.length).toBeLessThanOrEqual(120)
    expect((await muster('users', 'search', 'email:long@example.com')).stdout).toContain(long)
  })

  test.runIf(HAS_SCRIPT)('the link of a job is whole on a terminal', async () => {
    const { id } = (await api.export({ format: 'csv' })) as { id: string }
    const { stdout } = await runOnTerminal(['jobs', 'show', id], { env: { ...env, NO_COLOR: '1' } })
    const [, link = ''] = /^location +(\S+)\r$/m.exec(stdout) ?? []
    expect(link.length, stdout).toBeGreaterThan(120)
    expect((await heldFetch(link)).status).toBe(200)
  })

  test.runIf(HAS_SCRIPT)(
    'muster jobs watch waits for the end of a job, and Ctrl-C leaves the job alone',
    async () => {
      const { stdout: users } = await runMuster(['generate', '--users', '60000', '--seed', '77'])
      const url = `${server.url}/api/v2/jobs/users-imports?connection_id=${connection}`
      const headers = { ...api.headers, 'content-type': 'application/x-ndjson' }
      const { id } = (await (await heldFetch(url, { method: 'POST', headers, body: users })).json()) as {
        id: string
      }
      const pressed = await runOnTerminal(['jobs', 'watch', id], { env, typed: [[/━/, CTRL_C]] })
      expect(pressed, pressed.stdout).toMatchObject({ code: 130 })
      const watched = await muster('jobs', 'watch', id, '--json')
      expect(watched, watched.stderr).toMatchObject({ code: 0 })
      expect(JSON.parse(watched.stdout)).toMatchObject({
        id,
        status: 'completed',
        summary: { inserted: 60_000 },
      })
      expect((await muster('jobs', 'watch', 'job_0000000000000000')).code).toBe(3)
      const failed = await api.import(connection, { no: 'array' })
      const { id: broken } = (await failed.json()) as { id: string }
      expect(await muster('jobs', 'watch', broken)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('job_failed'),
      })
    },
  )

  test('jobs are listed, shown and deleted, and an export has its receipt', async () => {
    const { id, summary } = (await api.export({ format: 'csv' })) as {
      id: string
      summary: { total: number }
    }
    const listed = await json<{ id: string }[]>('jobs', 'list', '--type', 'users_export')
    expect(listed[0]).toMatchObject({ id, status: 'completed', summary })
    expect((await muster('jobs', 'list', '--limit', '1')).stdout.split('\n')[1]).toContain(
      `${id}\tusers_export`,
    )
    expect(await json('jobs', 'show', id)).toMatchObject({ id, location: expect.stringContaining('http') })
    const file = join(folder, `${id}.jws`)
    const receipt = await muster('jobs', 'receipt', id)
    expect(receipt.stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/)
    expect(await json('jobs', 'receipt', id, '--output', file)).toMatchObject({
      job_id: id,
      users: summary.total,
    })
    expect(statSync(file).size).toBe(receipt.stdout.trim().length)
    expect(await muster('jobs', 'cancel', id)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`muster jobs delete ${id} --yes`),
    })
    expect((await muster('jobs', 'delete', id)).code).toBe(4)
    expect(await json('jobs', 'delete', id, '--yes')).toEqual({ id, type: 'users_export', was: 'completed' })
    expect((await muster('jobs', 'show', id)).code).toBe(3)
  })
})

describe('commands against Auth0', () => {
  let auth0: Auth0Server
  let folder: string
  let env: Record<string, string>
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'muster-auth0-'))
    auth0 = await startAuth0({ folder })
    env = {
      AUTH0_DOMAIN: auth0.domain,
      MUSTER_CLIENT_ID: auth0.client.id,
      MUSTER_CLIENT_SECRET: auth0.client.secret,
      MUSTER_CA_FILE: auth0.caFile,
      XDG_CONFIG_HOME: folder,
    }
    auth0.connections[0]?.users.push(
      { user_id: 'auth0|1', email: 'ada@example.com', name: 'Ada' },
      { user_id: 'auth0|2', email: 'bob@example.com' },
    )
  })
  afterAll(async () => {
    await auth0.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const muster = (...words: readonly string[]): Promise<CliResult> => runMuster(words, { env })

  test('connections and users are shown, and a job too', async () => {
    expect((await muster('connections')).stdout).toContain(auth0.connections[0]?.id)
    expect((await muster('users', 'search')).stdout.trimEnd().split('\n')).toHaveLength(3)
    const shown = JSON.parse((await muster('users', 'show', 'auth0|2', '--json')).stdout) as unknown
    expect(shown).toMatchObject({ email: 'bob@example.com' })
    expect((await muster('users', 'show', 'ada@example.com')).stdout).toContain('user_id\tauth0|1')
    const made = await muster('export', '--format', 'json', '--output', join(folder, 'users.gz'), '--json')
    const { job } = JSON.parse(made.stdout) as { job: string }
    expect((await muster('jobs', 'show', job)).stdout).toContain('status\tcompleted')
    expect((await muster('jobs', 'watch', job)).code).toBe(0)
  })

  test('a tenant is stored as a profile, with its certificate authority', async () => {
    const words = ['login', '--profile', 'tenant', '--domain', auth0.domain, '--client-id', auth0.client.id]
    const stored = await runMuster([...words, '--ca-file', auth0.caFile], {
      env: { XDG_CONFIG_HOME: folder },
      input: auth0.client.secret,
    })
    expect(stored, stored.stderr).toMatchObject({ code: 0 })
    const used = await runMuster(['users', 'search', '--profile', 'tenant'], {
      env: { XDG_CONFIG_HOME: folder },
    })
    expect(used).toMatchObject({ code: 0, stdout: expect.stringContaining('ada@example.com') })
  })

  test('a certificate authority that is not known, a wrong audience and a wrong secret are named with what to do', async () => {
    const { MUSTER_CA_FILE: _ca, ...without } = env
    const untrusted = await runMuster(['connections'], { env: without })
    expect(untrusted).toMatchObject({ code: 1, stderr: expect.stringContaining('--ca-file') })
    const audience = await runMuster(['connections'], { env: { ...env, MUSTER_AUDIENCE: 'https://other/' } })
    expect(audience).toMatchObject({ code: 3, stderr: expect.stringContaining('--audience') })
    const secret = await runMuster(['connections'], { env: { ...env, MUSTER_CLIENT_SECRET: 'wrong' } })
    expect(secret).toMatchObject({ code: 3, stderr: expect.stringContaining('muster login') })
  })

  test('a limit is waited for as the server says', async () => {
    auth0.fail(1, 'GET', /connections$/, { kind: 'busy', seconds: 1 })
    const waited = await muster('connections')
    expect(waited).toMatchObject({ code: 0, stderr: expect.stringContaining('Trying again in') })
  })
})

test('a command that Auth0 lacks is refused before a request', async () => {
  // No host has this name, so a request would fail with exit code 1.
  const auth0 = ['--domain', 'tenant.auth0.invalid', '--token', 'x']
  for (const words of [['list'], ['cancel', 'job_1'], ['delete', 'job_1', '--yes'], ['receipt', 'job_1']]) {
    const { code, stderr } = await runMuster(['jobs', ...words, ...auth0])
    expect({ code, stderr }, words.join(' ')).toEqual({
      code: 2,
      stderr: expect.stringContaining('usage_invalid: Auth0 has no'),
    })
  }
  expect((await runMuster(['jobs', 'show', 'job_1', ...auth0])).code).toBe(1)
})

test('wrong words, options and addresses end with exit code 2', async () => {
  for (const words of [
    ['jobs'],
    ['jobs', 'nonsense'],
    ['jobs', 'show'],
    ['jobs', 'list', '--status', 'done', '--url', 'http://127.0.0.1:9'],
    ['clients', 'grant', 'x', '--url', 'http://127.0.0.1:9'],
    ['connections', '--nonsense'],
    ['connections', '--url', 'http://127.0.0.1:9/api', '--token', 'x'],
    ['connections'],
  ])
    expect(await runMuster(words), words.join(' ')).toMatchObject({ code: 2, stdout: '' })
})
