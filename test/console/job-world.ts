import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import pg from 'pg'
import type { Browser, Download, Page } from 'playwright-core'
import { onTestFinished } from 'vitest'
import {
  type Api,
  apiOf,
  discard,
  heldFetch,
  newDatabaseOn,
  type Server,
  startServer,
} from '../acceptance/harness.ts'
import { startBrowser } from './browser.ts'

/** A server on a database of its own, its API, and a browser. */
export interface OnPostgres {
  readonly database: { readonly url: string }
  readonly server: Server
  readonly api: Api
  readonly browser: Browser
  stop(): Promise<void>
}

/** Empty, and on PostgreSQL, where a test can add rows and hold tables by statements of its own. The caller stops it. */
export async function startOnPostgres(): Promise<OnPostgres> {
  const database = await newDatabaseOn('postgres')
  assert.ok(database)
  const server = await startServer({ databaseUrl: database.url })
  const [api, browser] = await Promise.all([apiOf(server), startBrowser()])
  const stop = async (): Promise<void> => {
    await browser.close()
    await discard(server)
    await database.stop()
  }
  return { database, server, api, browser, stop }
}

/** Another client of PostgreSQL has the table of users to itself, so exports wait. Resolves with what lets them go on. */
export async function holdExports(connectionString: string): Promise<() => Promise<void>> {
  const holder = new pg.Client({ connectionString })
  await holder.connect()
  let isHeld = true
  const release = async (): Promise<void> => {
    if (isHeld) await holder.end()
    isHeld = false
  }
  onTestFinished(release)
  await holder.query('begin; lock table muster.users')
  return release
}

export async function runSql(connectionString: string, text: string, values: unknown[] = []): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await client.query(text, values)
  } finally {
    await client.end()
  }
}

export async function newExport(api: Api, body: unknown = {}): Promise<string> {
  return ((await (await api.post('jobs/users-exports', body)).json()) as { id: string }).id
}

/** The file as a client of the API gets it. */
export async function fileOf(api: Api, id: string): Promise<Buffer> {
  const { location } = await api.job(id, 'completed')
  return Buffer.from(await (await heldFetch(String(location))).arrayBuffer())
}

export function linesIn(file: Buffer): number {
  return gunzipSync(file).toString().trimEnd().split('\n').length
}

interface Saved {
  readonly bytes: Buffer
  /** The name that the browser proposes. */
  readonly name: string
  readonly url: string
}

/** What the browser saves after the act. */
export async function saved(page: Page, act: () => Promise<void>): Promise<Saved> {
  const coming: Promise<Download> = page.waitForEvent('download')
  await act()
  const download = await coming
  const bytes = readFileSync(await download.path())
  return { bytes, name: download.suggestedFilename(), url: download.url() }
}
