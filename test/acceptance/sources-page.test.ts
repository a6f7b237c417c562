import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { type BetterAuthSignUp, betterAuthSignUps } from '../fixtures/products/better-auth.js'
import { HAS_POSTGRES, newDatabaseOn } from './harness.ts'

const run = promisify(execFile)
const ROOT = resolve(import.meta.dirname, '../..')
const PEOPLE = [
  { email: 'Ada@Example.com', name: 'Ada' },
  { email: 'grace@example.com', name: '=Grace "H", Jr' },
  { email: 'bob@example.com', name: 'Bob' },
]

/** The commands of the section, without the installation of Muster. */
function commandsOf(page: string): { readonly grants: string; readonly start: string; readonly use: string } {
  const [, section = ''] = /\n## First export\n([\s\S]*?)\n## /.exec(page) ?? []
  const blocks = [...section.matchAll(/```(sql|sh)\n([\s\S]*?)```/g)]
  expect(blocks.map(([, language]) => language)).toEqual(['sql', 'sh', 'sh'])
  const [grants = '', start = '', use = ''] = blocks.map(([, , text = '']) => text)
  expect(start).toMatch(/^npm ci\n/)
  return { grants, start: start.replace('npm ci\n', ''), use }
}

/** The database of an application, and its users as better-auth made them. Its name is also that of the role. */
async function newApplication() {
  const made = await newDatabaseOn('postgres')
  if (made === undefined) throw new Error('this run has no PostgreSQL')
  const pool = new pg.Pool({ connectionString: made.url })
  onTestFinished(async () => {
    await pool.query(`drop owned by ${made.name}`)
    await pool.query(`drop role ${made.name}`)
    await pool.end()
    await made.stop()
  })
  const { host } = new URL(made.url)
  return {
    pool,
    name: made.name,
    place: `${host}/${made.name}`,
    signUps: await betterAuthSignUps(pool, PEOPLE),
  }
}

/** Runs a script in a folder until it prints the URL of a server, which ends with the test. */
async function startTyped(script: string, folder: string): Promise<string> {
  const env = { ...process.env, MUSTER_PORT: '0', MUSTER_DATA_DIR: join(folder, 'data') }
  // A process group, since npm starts a shell that starts the server.
  const shell = spawn('sh', ['-euc', script], { env, cwd: ROOT, detached: true })
  const ended = new Promise((done) => shell.once('close', done))
  onTestFinished(async () => {
    if (shell.exitCode === null && shell.pid !== undefined) process.kill(-shell.pid, 'SIGKILL')
    await ended
  })
  let printed = ''
  return new Promise((ready, fail) => {
    const hear = (chunk: Buffer): void => {
      printed += chunk
      const [, url] = /Muster is ready at (\S+)/.exec(printed) ?? []
      if (url !== undefined) ready(url)
    }
    shell.stdout.on('data', hear)
    shell.stderr.on('data', hear)
    shell.once('exit', (code) => fail(new Error(`the script ended with ${code}: ${printed}`)))
  })
}

/** Every text is quoted and every quote doubled. A text that a spreadsheet would run has an apostrophe before it. */
function csvOf(signUps: readonly BetterAuthSignUp[]): string {
  const cell = (text: string): string => `"${text.replace(/^(?=[=+\-@])/, "'").replaceAll('"', '""')}"`
  const lines = signUps.map(({ user, session }) =>
    [cell(`auth0|${user.id}`), cell(user.email), cell(user.name), session['createdAt']].join(','),
  )
  return lines.sort().join('\n')
}

test.runIf(HAS_POSTGRES)(
  'the commands of docs/sources.md make a CSV file of the users whom better-auth signed up',
  async () => {
    const { grants, start, use } = commandsOf(readFileSync(join(ROOT, 'docs/sources.md'), 'utf8'))
    const { pool, name, place, signUps } = await newApplication()
    const folder = mkdtempSync(join(tmpdir(), 'muster-sources-page-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    symlinkSync(join(ROOT, 'dist'), join(folder, 'dist'))
    // Only the names of this run differ from what a reader types.
    const typed = (text: string): string =>
      text.replaceAll('muster_reader', name).replaceAll('db.example.com/app', place)

    await pool.query(typed(grants))
    const url = await startTyped(typed(start), folder)
    const { stdout, stderr } = await run('sh', ['-euc', use.replace('http://127.0.0.1:3000', url)], {
      env: { ...process.env, XDG_CONFIG_HOME: folder },
      cwd: folder,
    })
    expect(stdout + stderr).toContain('customers.csv: 3 users')
    const [header, ...rows] = readFileSync(join(folder, 'customers.csv'), 'utf8').trimEnd().split('\n')
    expect(header).toBe('"user_id","email","name","last_login"')
    expect(rows.sort().join('\n')).toBe(csvOf(signUps))
  },
)
