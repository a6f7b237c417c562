// The demo: imports users, exports them and shows the files, on the embedded engine in a temporary folder. Prints every
// request as the curl line that does the same. The exit code is 0 if everything went well.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

const ROOT = join(import.meta.dirname, '..')
const USERS = join(ROOT, 'examples', 'users')
const CLIENT = { id: 'demo', secret: 'the-demo-client-secret' }
const SEED_FIELDS = [
  { name: 'user_id' },
  { name: 'email' },
  { name: 'identities[0].connection', export_as: 'provider' },
  { name: 'user_metadata.consent.given' },
  { name: 'user_metadata.consent.date' },
  { name: 'user_metadata.consent.text_details' },
]

const say = (text = '') => process.stdout.write(`${text}\n`)
const heading = (text) => say(`\n\x1b[1m${text}\x1b[0m`)
const later = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

// A start takes one or two seconds. A slow machine may need much longer.
const START_MS_MAX = 60_000

const folder = mkdtempSync(join(tmpdir(), 'muster-demo-'))
let isInterrupted = false
let child
let url = ''
let token = ''

async function start() {
  const main = join(ROOT, 'dist', 'main.js')
  if (!existsSync(main)) throw new Error('dist/main.js is missing: run npm ci first')
  heading('Starting Muster on the embedded PostgreSQL')
  say(`$ muster serve --port 0 --data-dir ${folder}`)
  child = spawn(process.execPath, [main, 'serve', '--port', '0', '--data-dir', folder], {
    env: {
      ...process.env,
      DATABASE_URL: '',
      MUSTER_CLIENT_ID: CLIENT.id,
      MUSTER_CLIENT_SECRET: CLIENT.secret,
      MUSTER_LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  url = await new Promise((resolve, reject) => {
    let said = ''
    child.stdout.on('data', (chunk) => {
      said += chunk
      const ready = /Muster is ready at (\S+)/.exec(said)
      if (ready) resolve(ready[1])
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)))
    const tooLate = () => reject(new Error(`the server was not ready within ${START_MS_MAX / 1000} seconds`))
    setTimeout(tooLate, START_MS_MAX).unref()
  })
  say(`Muster is ready at ${url}`)
}

/** The curl line for a request. Secrets appear as the shell variables TOKEN and SECRET. */
function curlLine(method, target, { body, form, isAuthorized }) {
  const options = [
    ...(isAuthorized ? ['-H "Authorization: Bearer $TOKEN"'] : []),
    ...(body === undefined ? [] : ["-H 'Content-Type: application/json'", `-d ${shellQuoted(body)}`]),
    ...Object.entries(form ?? {}).map(([name, value]) => `-F ${name}=${value}`),
  ]
  // curl sends a POST by default if it has a body.
  const isPlain = method === (body === undefined && form === undefined ? 'GET' : 'POST')
  return ['curl -sS', ...(isPlain ? [] : [`-X ${method}`]), ...options, `'${target}'`].join(' ')
}

// The shell does not expand variables inside single quotes, so they stand between two quoted parts.
function shellQuoted(body) {
  const text = JSON.stringify(body).replaceAll("'", "'\\''")
  return `'${text.replaceAll(CLIENT.secret, `'"$SECRET"'`)}'`
}

/** Sends a request, and prints it as a curl line unless `quiet`. A link is a complete URL and needs no token. */
async function send(method, path, { body, form, quiet = false } = {}) {
  const isLink = path.startsWith('http')
  const target = isLink ? path : `${url}${path}`
  const isAuthorized = !isLink && token !== ''
  if (!quiet) say(`$ ${curlLine(method, target, { body, form, isAuthorized })}${isLink ? ' | gunzip' : ''}`)
  const response = await fetch(target, {
    method,
    headers: {
      ...(isAuthorized ? { authorization: `Bearer ${token}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(form === undefined ? {} : { body: formOf(form) }),
  })
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${await response.text()}`)
  return response
}

function formOf(parts) {
  const form = new FormData()
  for (const [name, value] of Object.entries(parts)) {
    if (!value.startsWith('@')) form.set(name, value)
    else
      form.set(
        name,
        new Blob([readFileSync(join(ROOT, value.slice(1)))], { type: 'application/json' }),
        value,
      )
  }
  return form
}

async function getToken() {
  heading('Getting a token')
  const body = {
    grant_type: 'client_credentials',
    client_id: CLIENT.id,
    client_secret: CLIENT.secret,
    audience: `${url}/api/v2/`,
  }
  const answer = await (await send('POST', '/oauth/token', { body })).json()
  token = answer.access_token
  say(
    JSON.stringify({
      ...answer,
      access_token: `${token.slice(0, 20)}…`,
      scope: `${answer.scope.slice(0, 40)}…`,
    }),
  )
}

/** Polls a job until it has ended, showing its progress. */
async function finished(id, isShown) {
  for (let shown = ''; ; ) {
    const job = await (await send('GET', `/api/v2/jobs/${id}`, { quiet: true })).json()
    const line = `${job.status}${job.percentage_done === undefined ? '' : ` ${job.percentage_done} %`}`
    if (isShown && line !== shown) say(`  ${line}`)
    shown = line
    if (job.status === 'completed') return job
    if (job.status === 'failed') throw new Error(`job ${id} failed: ${job.status_details}`)
    await later(25)
  }
}

async function importUsers() {
  heading('Importing users: files of at most 512,000 bytes, two jobs at a time')
  const ids = {}
  for (const connection of await (await send('GET', '/api/v2/connections')).json())
    ids[connection.name] = connection.id
  for (const name of ['Customers', 'Staff']) {
    const made = await (
      await send('POST', '/api/v2/connections', { body: { name, strategy: 'auth0' } })
    ).json()
    ids[name] = made.id
  }
  const files = readdirSync(USERS).sort()
  const total = { inserted: 0, failed: 0 }
  const lane = async () => {
    for (let file = files.shift(); file !== undefined; file = files.shift()) {
      const form = {
        users: `@examples/users/${file}`,
        connection_id: ids[file.split('.')[0]],
        preserve: 'true',
      }
      const created = await (await send('POST', '/api/v2/jobs/users-imports', { form })).json()
      const { summary } = await finished(created.id, false)
      say(`  ${file}: ${JSON.stringify(summary)}`)
      total.inserted += summary.inserted
      total.failed += summary.failed
    }
  }
  await Promise.all([lane(), lane()])
  if (total.failed > 0) throw new Error(`${total.failed} example users were refused`)
  say(`${total.inserted} users are imported.`)
  return total.inserted
}

/** Creates an export, waits for it, downloads its link and returns the unpacked text. */
async function exportUsers(body) {
  const created = await (await send('POST', '/api/v2/jobs/users-exports', { body })).json()
  say(JSON.stringify(created))
  say(`$ ${curlLine('GET', `${url}/api/v2/jobs/${created.id}`, { isAuthorized: true })}`)
  const job = await finished(created.id, true)
  const file = Buffer.from(await (await send('GET', job.location)).arrayBuffer())
  const text = gunzipSync(file).toString()
  say(`  ${file.length} bytes, ${Buffer.byteLength(text)} uncompressed`)
  return text
}

/** Reads CSV as RFC 4180 has it: quotes doubled inside quotes, line breaks allowed there. */
function parseCsv(text) {
  const rows = [[]]
  for (const [, quoted, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/g)) {
    if (end === '' && bare === '' && quoted === undefined) break
    rows.at(-1).push(quoted === undefined ? bare : quoted.replaceAll('""', '"'))
    if (end === '\n') rows.push([])
  }
  return rows.filter((row) => row.length > 0)
}

function expectUsers(found, wanted, what) {
  if (found !== wanted) throw new Error(`${what} holds ${found} users; ${wanted} were imported`)
  say(`  ${found} users: all of them.`)
}

async function demo() {
  await start()
  await getToken()
  const users = await importUsers()

  heading('A CSV export of chosen fields')
  const csv = await exportUsers({ format: 'csv', fields: SEED_FIELDS })
  expectUsers(parseCsv(csv).length - 1, users, 'the CSV file')
  say(csv.split('\n').slice(0, 6).join('\n'))

  heading('The same as NDJSON: one object per line')
  const json = await exportUsers({ format: 'json', fields: SEED_FIELDS })
  expectUsers(json.trimEnd().split('\n').length, users, 'the JSON file')
  say(json.split('\n').slice(0, 3).join('\n'))

  heading(
    'Who has logged in since 2025? A CSV export with the default fields, filtered by its last_login column',
  )
  const [header, ...rows] = parseCsv(await exportUsers({ format: 'csv' }))
  const at = header.indexOf('last_login')
  const recent = rows.filter((row) => row[at] >= '2025-01-01T00:00:00Z')
  say(`  ${recent.length} of ${rows.length} users:`)
  for (const row of recent.slice(0, 3)) say(`  ${row[at]}  ${row[header.indexOf('email')]}`)
}

async function end() {
  if (child !== undefined && child.exitCode === null && child.signalCode === null) {
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await gone
  }
  rmSync(folder, { recursive: true, force: true })
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.once(signal, () => {
    isInterrupted = true
    end().then(
      () => process.exit(code),
      () => process.exit(1),
    )
  })
}
try {
  await demo()
  await end()
  heading('Done. The server is stopped and its folder removed.')
} catch (error) {
  await end()
  // Errors after Ctrl-C are a result of it, so they are not reported.
  if (!isInterrupted)
    process.stderr.write(`\nThe demo failed: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
