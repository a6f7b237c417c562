// The demo: imports users, exports them and shows the files, with the commands that a reader would type. It runs them on the
// embedded engine in a temporary folder. The exit code is 0 if everything went well.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readyAt } from './ready-at.js'

const MAIN = join(import.meta.dirname, '..', 'dist', 'main.js')
const USERS = 20_000

/** A heading, and the lines that a reader types below it. */
const STEPS = [
  ['Make users to try with', [`muster generate --users ${USERS} --preserve --output users.ndjson`]],
  ['Import them', ['muster import users.ndjson --preserve']],
  [
    'Export chosen fields as CSV, verified by a signed receipt',
    [
      'muster export --format csv --field email --field user_metadata.consent.given=consent --field last_login --output users.csv.gz',
      'gunzip -c users.csv.gz | head -n 5',
    ],
  ],
  [
    'Export the users who have logged in since 2025 as NDJSON, unpacked',
    [
      "muster export --format json --query 'last_login:[2025 TO *]' --field email --field name --gunzip --output recent.ndjson",
      'head -n 3 recent.ndjson',
    ],
  ],
  [
    'Check the files without the server, and write another format',
    [
      'curl -sS "$MUSTER_URL/.well-known/jwks.json" > jwks.json',
      'muster export --format json --receipt --output all.json.gz',
      'muster verify all.json.gz all.json.gz.receipt --jwks jwks.json',
      'muster convert recent.ndjson --to csv --field email --guard formula | head -n 3',
    ],
  ],
  ['Look around', ['muster jobs list', "muster users search 'name:Ada*' --limit 3", 'muster connections']],
]

const say = (text = '') => process.stdout.write(`${text}\n`)
const heading = (text) => say(`\n\x1b[1m${text}\x1b[0m`)

const folder = mkdtempSync(join(tmpdir(), 'muster-demo-'))
const env = {
  ...process.env,
  PATH: `${folder}:${process.env.PATH}`,
  DATABASE_URL: '',
  MUSTER_CLIENT_ID: 'demo',
  MUSTER_CLIENT_SECRET: 'the-demo-client-secret',
  MUSTER_LOG_LEVEL: 'warn',
}
let isInterrupted = false
let server
let step

async function start() {
  if (!existsSync(MAIN)) throw new Error('dist/main.js is missing: run npm ci first')
  // Commands are typed as after an installation.
  writeFileSync(join(folder, 'muster'), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`, {
    mode: 0o755,
  })
  heading('Start a server, in a terminal of its own')
  say(`$ alias muster="node '${MAIN}'"`)
  say(`$ export MUSTER_CLIENT_ID=${env.MUSTER_CLIENT_ID} MUSTER_CLIENT_SECRET=${env.MUSTER_CLIENT_SECRET}`)
  server = spawn(process.execPath, [MAIN, 'serve', '--port', '0', '--data-dir', join(folder, 'data')], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await readyAt(server)
  env.MUSTER_URL = url
  say(`$ muster serve --port ${new URL(url).port} --data-dir muster-demo`)
  say(`Muster is ready at ${url}`)
  heading('Say in your own terminal where the server is')
  say(`$ alias muster="node '${MAIN}'"`)
  say(`$ export MUSTER_CLIENT_ID=${env.MUSTER_CLIENT_ID} MUSTER_CLIENT_SECRET=${env.MUSTER_CLIENT_SECRET}`)
  say(`$ export MUSTER_URL=${url}`)
}

/** Shows a line, runs it in a shell, and lets it write to this terminal. */
async function type(line) {
  say(`$ ${line}`)
  step = spawn('sh', ['-c', line], { env, cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] })
  const code = await new Promise((ended, failed) => step.once('error', failed).once('close', ended))
  if (code !== 0) throw new Error(`this line ended with ${code}: ${line}`)
}

async function end() {
  step?.kill('SIGTERM')
  if (server !== undefined && server.exitCode === null && server.signalCode === null) {
    const gone = new Promise((resolve) => server.once('exit', resolve))
    server.kill('SIGTERM')
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
  await start()
  for (const [text, lines] of STEPS) {
    heading(text)
    for (const line of lines) await type(line)
  }
  await end()
  heading('Done. The server is stopped and its folder removed.')
} catch (error) {
  await end()
  // Errors after Ctrl-C are a result of it, so they are not reported.
  if (!isInterrupted)
    process.stderr.write(`\nThe demo failed: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
