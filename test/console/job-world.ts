import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import pg from 'pg'
import type { Download, Page } from 'playwright-core'
import { onTestFinished } from 'vitest'
import { type Api, heldFetch } from '../acceptance/harness.ts'

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

/** A client with these scopes. */
export async function newClient(
  api: Api,
  url: string,
  scope: readonly string[],
): Promise<{ readonly id: string; readonly secret: string }> {
  const made = (await (await api.post('clients', { name: scope.join(' ') })).json()) as {
    client_id: string
    client_secret: string
  }
  await api.post('client-grants', { client_id: made.client_id, audience: `${url}/api/v2/`, scope })
  return { id: made.client_id, secret: made.client_secret }
}
