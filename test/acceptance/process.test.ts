import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { connect } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import {
  apiOf,
  discard,
  ENGINES,
  emptyOn,
  firstConnectionId,
  HAS_POSTGRES,
  heldFetch,
  importMany,
  type Server,
  startServer,
} from './harness.ts'
import { newFolder } from './start-process.ts'

const MAIN = resolve(import.meta.dirname, '../../dist/main.js')

let server: Server | undefined
afterEach(() => discard(server))

function serve(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return spawnSync(process.execPath, [MAIN, 'serve', ...args], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: 60_000,
  })
}

describe('the process', () => {
  test('a start with wrong settings stops with all complaints at once, and repeats no secret', () => {
    const env = {
      MUSTER_CLIENT_SECRET: 'short-secret',
      DATABASE_URL: 'mysql://user:pass@host/db',
      MUSTER_LOG_LEVEL: 'loud',
    }
    const { status, stderr } = serve(['--port', '99999', '--tls-cert', 'only.pem'], env)
    expect(status).toBe(1)
    for (const key of [
      'MUSTER_PORT',
      'MUSTER_CLIENT_SECRET',
      'DATABASE_URL',
      'MUSTER_LOG_LEVEL',
      'MUSTER_TLS_KEY',
    ]) {
      expect(stderr).toContain(key)
    }
    expect(stderr).not.toMatch(/short-secret|pass@/)
  })

  test('a start stops with a sentence if the database cannot be reached', () => {
    const folder = newFolder()
    const { status, stderr } = serve([
      '--port',
      '0',
      '--data-dir',
      folder,
      '--database-url',
      'postgres://127.0.0.1:1/none',
    ])
    expect(status).toBe(1)
    rmSync(folder, { recursive: true })
    expect(stderr).toContain('database_unavailable: The database refuses connections.')
    expect(stderr).toContain('The cause: connect ECONNREFUSED 127.0.0.1:1')
  })

  test.each(ENGINES)(
    'a start on %s stops with the reason if the requested igzip does not work',
    async (engine) => {
      const { databaseUrl = '' } = await emptyOn(engine)
      const folder = newFolder()
      const env = { MUSTER_COMPRESSOR: 'igzip', TMPDIR: join(folder, 'none'), DATABASE_URL: databaseUrl }
      const { status, stderr } = serve(['--port', '0', '--data-dir', folder], env)
      rmSync(folder, { recursive: true, force: true })
      expect(status).toBe(1)
      expect(stderr).toMatch(
        /config_invalid: MUSTER_COMPRESSOR is igzip .* could not be given a pipe: ENOENT/,
      )
    },
  )

  test.runIf(HAS_POSTGRES)(
    'P9 a process whose thread for jobs ends unexpectedly stops and says why, without values of a row',
    async () => {
      // Run at the start of each thread: that of the jobs ends once the file is there. Its text is in the stack.
      const folder = newFolder()
      const hook = `import { watch } from 'node:fs'
      import { isMainThread, workerData } from 'node:worker_threads'
      const held = ['xyzzy', 'private'].join('-')
      const error = Object.assign(new Error(held), { code: '23505', detail: held })
      if (!isMainThread && workerData?.config) watch(${JSON.stringify(folder)}, () => { throw error })`
      const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` }
      server = await startServer({ ...(await emptyOn('postgres')), env })
      const gone = once(server.child, 'exit')
      writeFileSync(join(folder, 'die'), '')
      expect(await gone).toEqual([1, null])
      expect(server.output()).toContain('"msg":"the thread that runs jobs has ended"')
      expect(server.output()).toContain('"code":"23505"')
      expect(server.output()).not.toContain('xyzzy-private')
      rmSync(folder, { recursive: true })
    },
  )

  test('a process whose thread for the embedded engine ends unexpectedly stops and says why', async () => {
    // Run at the start of each thread: that of the engine ends once the file is there.
    const folder = newFolder()
    const hook = `import { watch } from 'node:fs'
      import { isMainThread, workerData } from 'node:worker_threads'
      const die = () => { throw new Error('the engine is broken') }
      if (!isMainThread && workerData?.dataFolder) watch(${JSON.stringify(folder)}, die)`
    server = await startServer({
      env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hook)}` },
    })
    const gone = once(server.child, 'exit')
    writeFileSync(join(folder, 'die'), '')
    expect(await gone).toEqual([1, null])
    expect(server.output()).toContain('"msg":"the thread that runs the embedded database has ended"')
    expect(server.output()).toContain('the engine is broken')
    rmSync(folder, { recursive: true })
  })

  test('muster --version prints the version of package.json and starts nothing', () => {
    const { version } = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../package.json'), 'utf8'))
    const printed = spawnSync(process.execPath, [MAIN, '--version'], { encoding: 'utf8' })
    expect([printed.status, printed.stdout]).toEqual([0, `${version}\n`])
  })

  test('the first client is made once and shown once, and its secret works after a restart', async () => {
    const unset = { MUSTER_CLIENT_ID: '', MUSTER_CLIENT_SECRET: '' }
    server = await startServer({ env: unset })
    const [, id = ''] = /MUSTER_CLIENT_ID=(\S+)/.exec(server.output()) ?? []
    const [, secret = ''] = /MUSTER_CLIENT_SECRET=(\S+)/.exec(server.output()) ?? []
    expect([id.length, secret.length]).toEqual([32, 64])
    await server.end('SIGTERM')
    server = await startServer({ folder: server.folder, env: unset })
    expect(server.output()).not.toMatch(/MUSTER_CLIENT_SECRET=/)
    expect(server.output()).not.toContain(secret)
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: id,
      client_secret: secret,
      audience: `${server.url}/api/v2/`,
    })
    expect((await heldFetch(`${server.url}/oauth/token`, { method: 'POST', body })).status).toBe(200)
    const wrong = new URLSearchParams({ ...Object.fromEntries(body), client_secret: `${secret}x` })
    const refused = await heldFetch(`${server.url}/oauth/token`, { method: 'POST', body: wrong })
    expect([refused.status, await refused.json()]).toEqual([
      401,
      { error: 'access_denied', error_description: 'Unauthorized' },
    ])
  })

  test('a second process on the same data folder is refused, and its error names the first', async () => {
    server = await startServer()
    const { status, stderr } = serve(['--port', '0', '--data-dir', server.folder])
    expect(status).toBe(1)
    expect(stderr).toContain('data_folder_in_use')
    expect(stderr).toContain(String(server.child.pid))
  })

  test.each(ENGINES)(
    'a process on %s ends within ten seconds of SIGTERM during an export, and its next start finishes the job',
    async (engine) => {
      const options = { folder: newFolder(), ...(await emptyOn(engine)) }
      server = await startServer(options)
      const api = await apiOf(server)
      const users = Array.from({ length: 5000 }, (_, index) => ({
        email: `u${index}@example.com`,
        user_metadata: { n: index },
      }))
      await importMany(api, await firstConnectionId(api), users)
      const fields = Array.from({ length: 80 }, (_, index) => ({
        name: 'user_metadata.n',
        export_as: `n${index}`,
      }))
      const { id } = (await (await api.post('jobs/users-exports', { format: 'json', fields })).json()) as {
        id: string
      }
      const { code, seconds } = await server.end('SIGTERM')
      expect(code).toBe(0)
      expect(seconds).toBeLessThan(10)
      server = await startServer(options)
      expect((await (await apiOf(server)).job(id, 'completed', 'failed'))['status']).toBe('completed')
    },
  )

  test.each(ENGINES)('P9 the output of a server on %s never contains a secret or a user', async (engine) => {
    server = await startServer({ ...(await emptyOn(engine)), env: { MUSTER_LOG_LEVEL: 'debug' } })
    const api = await apiOf(server)
    const marker = 'xyzzy-private'
    const user = {
      connection: 'Username-Password-Authentication',
      email: `${marker}@example.com`,
      password: `${marker}-password`,
    }
    const made = (await (await api.post('users', { ...user, user_metadata: { note: marker } })).json()) as {
      user_id: string
    }
    await api.post('users', user)
    await api.post('users', { ...user, email: 5, [marker]: 1 })
    await api.get(`users/${encodeURIComponent(`auth0|${marker}`)}?fields=${marker}`)
    await (
      await api.import(await firstConnectionId(api), [
        { email: `${marker}@example.com`, password_hash: marker },
      ])
    ).json()
    const job = await api.export({ format: 'json', fields: [{ name: `user_metadata.${marker}` }] })
    await heldFetch(String(job['location']))
    await heldFetch(`${server.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        client_secret: marker,
        grant_type: 'client_credentials',
        client_id: marker,
      }),
    })
    await server.end('SIGTERM')
    const said = server.output()
    expect(said).toContain('"path":"/oauth/token"')
    for (const secret of [
      marker,
      made.user_id,
      'signature=',
      'a-secret-for-tests-only',
      api.headers['authorization']?.slice(7) ?? '?',
    ]) {
      expect(said, secret).not.toContain(secret)
    }
  })

  test('a users file is removed once its job has run', async () => {
    server = await startServer()
    const api = await apiOf(server)
    const users = [{ email: 'kept@example.com' }]
    const { id } = (await (await api.import(await firstConnectionId(api), users)).json()) as { id: string }
    await api.job(id, 'completed')
    const folder = join(server.folder, 'objects', 'finished', 'jobs', id)
    for (let tries = 0; existsSync(folder) && tries < 100; tries++) await pause(20)
    expect(existsSync(folder)).toBe(false)
  })

  test('the option --tls-self-signed makes one CA, and the output says where the CA is and how to trust the CA', async () => {
    server = await startServer({ args: ['--tls-self-signed'] })
    expect(server.url).toMatch(/^https:\/\/localhost:\d+$/)
    expect(server.output()).toContain(`NODE_EXTRA_CA_CERTS=${server.caPath}`)
    const ca = readFileSync(server.caPath, 'utf8')
    expect(ca).toContain('BEGIN CERTIFICATE')
    await server.end('SIGTERM')
    server = await startServer({ folder: server.folder, args: ['--tls-self-signed'] })
    expect(readFileSync(server.caPath, 'utf8')).toBe(ca)
    expect(await subjectOf(server.url, ca)).toBe('Muster local server')
    await server.end('SIGTERM')

    const files = ['--tls-cert', server.caPath, '--tls-key', join(server.folder, 'tls', 'ca-key.pem')]
    server = await startServer({ folder: server.folder, args: files })
    expect(server.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    expect(await subjectOf(server.url)).toBe('Muster local CA')
  })
})

/** Whom the server's certificate names; with a CA the certificate must also be good for the host. */
function subjectOf(url: string, ca?: string): Promise<unknown> {
  const { hostname: host, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const trust = ca === undefined ? { rejectUnauthorized: false } : { ca, servername: host }
    const socket = connect({ host, port: Number(port), ...trust }, () => {
      resolve(socket.getPeerCertificate().subject.CN)
      socket.end()
    })
    socket.once('error', reject)
  })
}
