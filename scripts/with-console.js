// A server with users and jobs, and a person who is signed in to its console, for scripts that look at pages.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { readyAt } from './ready-at.js'

const MAIN = join(import.meta.dirname, '..', 'dist', 'main.js')
const CLIENT = { id: 'console', secret: 'the-console-client-secret' }
const USERS = 12_345

/**
 * @typedef {{ url: string, browser: import('playwright-core').Browser, muster: (...words: string[]) => string,
 *   signIn: (page: import('playwright-core').Page) => Promise<void> }} World
 */

/**
 * Starts a server on the embedded engine in a temporary folder, fills it, and ends it after the work.
 * @param {(world: World) => Promise<void>} work
 */
export async function withConsole(work) {
  const folder = mkdtempSync(join(tmpdir(), 'muster-console-'))
  const env = {
    ...process.env,
    DATABASE_URL: '',
    MUSTER_CLIENT_ID: CLIENT.id,
    MUSTER_CLIENT_SECRET: CLIENT.secret,
    MUSTER_LOG_LEVEL: 'warn',
  }
  const words = [MAIN, 'serve', '--port', '0', '--data-dir', join(folder, 'data')]
  const server = spawn(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const url = await readyAt(server)
    const muster = (/** @type {string[]} */ ...rest) => {
      const options = {
        env: { ...env, MUSTER_URL: url },
        cwd: folder,
        encoding: /** @type {const} */ ('utf8'),
      }
      const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...rest], options)
      if (status !== 0) throw new Error(`muster ${rest.join(' ')} ended with ${status}: ${stderr}`)
      return stdout
    }
    fill(muster, folder)
    const executablePath = process.env.MUSTER_TEST_CHROMIUM ?? '/usr/bin/chromium'
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
    const browser = await chromium.launch({ executablePath, args })
    try {
      await work({ url, browser, muster, signIn: (page) => signIn(page, url) })
    } finally {
      await browser.close()
    }
  } finally {
    server.kill('SIGTERM')
    await new Promise((ended) => (server.exitCode === null ? server.once('exit', ended) : ended(undefined)))
    rmSync(folder, { recursive: true, force: true })
  }
}

function fill(muster, folder) {
  muster('generate', '--users', String(USERS), '--preserve', '--output', 'users.ndjson')
  bringUpToDate(join(folder, 'users.ndjson'))
  muster('import', 'users.ndjson', '--preserve')
  muster('export', '--format', 'csv', '--field', 'email', '--field', 'user_metadata.consent.given=consent')
  muster('export', '--format', 'json', '--query', 'last_login:[2025 TO *]')
  // One job that has refused users, so that failures are seen too.
  writeFileSync(
    join(folder, 'some-wrong.ndjson'),
    '{"email":"ada@example.com"}\n{"email":"not an address"}\n{"name":"Nobody"}\n',
  )
  try {
    muster('import', 'some-wrong.ndjson')
  } catch {
    // The command ends with an exit code that says so.
  }
}

// The generator's dates are the same on every day. Some users get younger ones, or the charts would be empty.
function bringUpToDate(file) {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  const ago = (/** @type {number} */ hours) => new Date(Date.now() - hours * 3_600_000).toISOString()
  const moved = lines.map((line, n) => {
    const user = JSON.parse(line)
    // More of them in younger days, and waves by the week.
    const hours = Math.round((((n * 7919) % 1000) / 1000) ** 1.4 * 29 * 24 + 20 * Math.sin(n) ** 2)
    if (n % 16 === 0) user.created_at = ago(hours + 5)
    if (n % 5 === 0) Object.assign(user, { last_login: ago(hours), logins_count: user.logins_count ?? 1 })
    return `${JSON.stringify(user)}\n`
  })
  writeFileSync(file, moved.join(''))
}

async function signIn(page, url) {
  await page.goto(url)
  await page.getByLabel('Client ID').fill(CLIENT.id)
  await page.getByLabel('Client secret').fill(CLIENT.secret)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('navigation', { name: 'Pages' }).waitFor()
}
