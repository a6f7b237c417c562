// Compares the files that two builds export: `node scripts/compare-exports.js OTHER_CHECKOUT [postgres|embedded]`. This checkout and the
// other need their builds (`npm run build`). Both import the same users, run the same exports on
// each engine, and every file is compared byte by byte, unpacked. Ends with 1 if a file, an answer or a refusal differs.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { register } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as later } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { comparedExports, refusedExports, sinceExports } from './compared-exports.js'

// Node 20 does not read TypeScript by itself.
register('../test/fixtures/typescript-hook.js', import.meta.url)
const { default: fc } = await import('fast-check')
const { anyKey, givenWith } = await import('../test/fixtures/nasty-profiles.ts')
const { startPostgres } = await import('../test/fixtures/postgres-server.ts')
const { newPostgresDatabase } = await import('../test/fixtures/postgres-database.ts')
const { writeJson } = await import('../src/domain/write-json.ts')

const HERE = join(import.meta.dirname, '..')
const EXAMPLES = join(HERE, 'examples', 'users')
const CLIENT = { id: 'compare', secret: 'the-comparing-client-secret' }
const NASTY_USERS = 250
// Several ranges on either engine, the last of them not full.
const MANY_USERS = 41_123
const DELETED_USERS = 25
// On a slow machine this shows what the comparison waits for.
const SLOW_SECONDS = 20

/** Starts the build of a checkout. Its requests answer with status and text, whatever the status is. */
async function startServer(checkout, databaseUrl) {
  const folder = mkdtempSync(join(tmpdir(), 'muster-compare-'))
  const main = join(checkout, 'dist', 'main.js')
  const { DATABASE_URL: _given, ...env } = process.env
  const child = spawn(process.execPath, [main, 'serve', '--port', '0', '--data-dir', folder], {
    env: {
      ...env,
      MUSTER_CLIENT_ID: CLIENT.id,
      MUSTER_CLIENT_SECRET: CLIENT.secret,
      MUSTER_LOG_LEVEL: 'fatal',
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  process.once('exit', () => child.kill('SIGKILL'))
  const url = await new Promise((ready, fail) => {
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
      const found = /Muster is ready at (\S+)/.exec(output)?.[1]
      if (found !== undefined) ready(found)
    })
    child.once('exit', (code) => fail(new Error(`${main} ended with ${code}: ${output}`)))
  })
  const headers = { authorization: `Bearer ${await tokenOf(url)}` }
  return {
    send: async (method, path, body, type = 'application/json') => {
      const sent = {
        method,
        headers: body === undefined ? headers : { ...headers, 'content-type': type },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }
      for (;;) {
        const response = await fetch(`${url}/api/v2/${path}`, sent)
        // The embedded engine has one session: while it sorts for an export, a request may get no connection in time.
        if (response.status !== 503) return response
        await response.arrayBuffer()
        await later(500)
      }
    },
    stop: async () => {
      if (child.exitCode === null) {
        const gone = once(child, 'exit')
        child.kill('SIGTERM')
        await gone
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function tokenOf(url) {
  const response = await fetch(`${url}/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      grant_type: 'client_credentials',
      client_id: CLIENT.id,
      client_secret: CLIENT.secret,
      audience: `${url}/api/v2/`,
    }),
  })
  return (await response.json()).access_token
}

async function answer(server, ...request) {
  const response = await server.send(...request)
  const text = await response.text()
  if (!response.ok) throw new Error(`${request.slice(0, 2).join(' ')}: ${response.status} ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}

async function finished(server, job) {
  for (let seen = job; ; seen = await answer(server, 'GET', `jobs/${job.id}`)) {
    if (seen.status === 'completed' || seen.status === 'failed') return seen
    await later(10)
  }
}

const hex = (number) => number.toString(16).padStart(24, '0')
const momentOf = (n) => new Date(Date.UTC(2015, 0, 1) + n * 7_919_123).toISOString()

function identified(n, connection, given) {
  const identity = { connection, user_id: hex(n), provider: 'auth0', isSocial: false }
  const times = { created_at: momentOf(n % 997), updated_at: momentOf(n) }
  return { ...given, user_id: `auth0|${hex(n)}`, identities: [identity], ...times }
}

function nastyUsers() {
  return fc
    .sample(givenWith(anyKey), { numRuns: NASTY_USERS, seed: 14 })
    .map((given, index) =>
      identified(1_000_000 + index, 'Nasty', { ...given, email: `n${index}@example.com` }),
    )
}

function manyUsers() {
  return Array.from({ length: MANY_USERS }, (_, n) =>
    identified(n, 'Many', {
      email: `many${n}@${n % 3 === 0 ? 'Post.example' : 'mail.example'}`,
      ...(n % 5 === 0 ? {} : { logins_count: (n * 31) % 1000, last_login: momentOf((n * 17) % 5000) }),
      ...(n % 2 === 0 ? { name: `Ma${n} "N"` } : { given_name: `=G${n}` }),
      user_metadata: { n, ...(n % 7 === 0 ? { [`tag${n % 70}`]: { deep: [n, null] } } : {}) },
      app_metadata: { plan: ['free', 'pro', 'team'][n % 3] },
    }),
  )
}

const lines = (users) => `${users.map((user) => writeJson(user)).join('\n')}\n`

/** What both servers import first: connection, type and text of each file. */
function usersFiles() {
  const examples = readdirSync(EXAMPLES)
    .sort()
    .map((file) => [file.split('.')[0], 'application/json', readFileSync(join(EXAMPLES, file), 'utf8')])
  return [
    ...examples,
    ['Nasty', 'application/x-ndjson', lines(nastyUsers())],
    ['Many', 'application/x-ndjson', lines(manyUsers())],
  ]
}

async function importFiles(server, files, upsert = 'false') {
  const connections = await answer(server, 'GET', 'connections')
  const ids = Object.fromEntries(connections.map(({ name, id }) => [name, id]))
  const summaries = []
  for (const [name, type, text] of files) {
    ids[name] ??= (await answer(server, 'POST', 'connections', { name, strategy: 'auth0' })).id
    const query = `connection_id=${ids[name]}&preserve=true&upsert=${upsert}`
    const job = await answer(server, 'POST', `jobs/users-imports?${query}`, text, type)
    const { status, summary } = await finished(server, job)
    summaries.push(`${name} ${status} ${JSON.stringify(summary)}`)
  }
  return { ids, summaries }
}

/** What a client sees of an export: the bytes, name and type of its file, or the refusal. */
async function exportOf(server, ids, { connection, ...body }) {
  const asked = { ...body, ...(connection === undefined ? {} : { connection_id: ids[connection] }) }
  const response = await server.send('POST', 'jobs/users-exports', asked)
  const text = await response.text()
  if (!response.ok) return { seen: `${response.status} ${text}`, file: Buffer.alloc(0) }
  const { status, status_details, location, until } = await finished(server, JSON.parse(text))
  if (location === undefined) return { seen: `${status}: ${status_details}`, file: Buffer.alloc(0) }
  const download = await fetch(location)
  const named = ['content-type', 'content-disposition'].map((name) => download.headers.get(name))
  const file = gunzipSync(Buffer.from(await download.arrayBuffer()))
  return { seen: [status, ...named, until === undefined].join(' '), file, until }
}

/** Runs one export on both servers and returns what differs. */
async function compared(sides, body) {
  const [one, other] = await Promise.all(
    sides.map(({ server, ids }, at) => exportOf(server, ids, Array.isArray(body) ? body[at] : body)),
  )
  const isSame = one.seen === other.seen && one.file.equals(other.file)
  if (!isSame) {
    const at = one.file.findIndex((byte, index) => byte !== other.file[index])
    const near = (file) => JSON.stringify(file.subarray(Math.max(0, at - 80), at + 120).toString())
    process.stdout.write(`DIFFERS ${JSON.stringify(body)}\n  ${one.seen} | ${other.seen}\n`)
    process.stdout.write(
      `  at byte ${at} of ${one.file.length} and ${other.file.length}\n  ${near(one.file)}\n  ${near(other.file)}\n`,
    )
  }
  return { isSame, bytes: one.file.length, untils: [one.until, other.until] }
}

function expectSame(what, [one, other]) {
  if (JSON.stringify(one) === JSON.stringify(other)) return 0
  process.stdout.write(`DIFFERS ${what}\n  ${JSON.stringify(one)}\n  ${JSON.stringify(other)}\n`)
  return 1
}

const CHANGED = manyUsers()
  .filter((_, n) => n % 900 === 0)
  .map((user, index) => ({ ...user, name: `changed ${index}` }))
const ADDED = [1, 2, 3].map((n) => identified(5_000_000 + n, 'Many', { email: `added${n}@mail.example` }))

async function change({ server }) {
  const { summaries } = await importFiles(
    server,
    [['Many', 'application/x-ndjson', lines([...CHANGED, ...ADDED])]],
    'true',
  )
  for (let n = 0; n < DELETED_USERS; n++)
    await answer(server, 'DELETE', `users/${encodeURIComponent(`auth0|${hex(n * 1700 + 1)}`)}`)
  return summaries
}

async function compareOn(engine, checkouts, urls) {
  const servers = []
  try {
    for (const [at, checkout] of checkouts.entries()) servers.push(await startServer(checkout, urls[at]))
    const files = usersFiles()
    const sides = await Promise.all(
      servers.map(async (server) => ({ server, ...(await importFiles(server, files)) })),
    )
    let differing = expectSame(
      'imports',
      sides.map(({ summaries }) => summaries),
    )
    let bytes = 0
    let exports = 0
    const run = async (body) => {
      const started = performance.now()
      const result = await compared(sides, body)
      const seconds = (performance.now() - started) / 1000
      if (seconds > SLOW_SECONDS)
        process.stdout.write(`${engine}: ${seconds.toFixed(0)} s for ${JSON.stringify(body)}\n`)
      exports++
      bytes += result.bytes
      differing += result.isSame ? 0 : 1
      return result.untils
    }
    for (const body of [...refusedExports(), ...comparedExports()]) await run(body)
    const untils = await run({ format: 'json' })
    differing += expectSame('changes', await Promise.all(sides.map(change)))
    // A timestamp that no export has given out is compared with the clock, not with a snapshot.
    for (const offset of [0, 1]) {
      const moments = untils.map((until) => new Date(Date.parse(until) + offset).toISOString())
      for (const body of sinceExports()) await run(moments.map((since) => ({ ...body, since })))
    }
    process.stdout.write(
      `${engine}: ${exports} exports, ${bytes} bytes, ${differing} differ; ${sides[0].summaries.join(', ')}\n`,
    )
    return differing
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
  }
}

async function compareOnPostgres(checkouts) {
  const postgres = await startPostgres().catch((error) => {
    process.stdout.write(`postgres: left out, it does not start here: ${error.message}\n`)
  })
  if (postgres === undefined) return 0
  try {
    const databases = await Promise.all(checkouts.map(() => newPostgresDatabase(postgres.url)))
    return await compareOn(
      'postgres',
      checkouts,
      databases.map(({ url }) => url),
    )
  } finally {
    await postgres.stop()
  }
}

// The servers end with this process.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

const [other, engine] = process.argv.slice(2)
if (other === undefined)
  throw new Error('usage: node scripts/compare-exports.js OTHER_CHECKOUT [postgres|embedded]')
const checkouts = [resolve(other), HERE]
let differing = 0
if (engine !== 'embedded') differing += await compareOnPostgres(checkouts)
if (engine !== 'postgres') differing += await compareOn('embedded', checkouts, [])
process.exitCode = differing === 0 ? 0 : 1
