import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { type Api, apiOf, firstConnectionId, importMany, type Server } from '../acceptance/harness.ts'
import { CLIENT } from '../acceptance/start-process.ts'
import { openPage, signIn } from './browser.ts'

export const USERS = 24
export const VERIFIED = 12
const LONG_TEXT = `${'long '.repeat(2_000)}end`
export const MARKUP = '<img src=x onerror=alert(1)>'
const RIGHT_TO_LEFT = '\u202Egnp.exe'

// Texts that pages, spreadsheets and readers of CSV take for something else.
const HOSTILE = [MARKUP, RIGHT_TO_LEFT, '=1+1', '"quoted", ; and\ttab', 'two\nlines', "'", '@x;=2']

const people = Array.from({ length: USERS }, (_, n) => ({
  email: `user${n}@example.com`,
  email_verified: n < VERIFIED,
  name: HOSTILE[n] ?? `User ${n}`,
  user_metadata: {
    consent: { given: n % 2 === 0, date: '2026-01-31' },
    [`<b>${n % 2}</b>`]: true,
    ...(n === 1 ? { biography: LONG_TEXT } : {}),
  },
  app_metadata: { plan: n % 3 === 0 ? 'gold' : 'free' },
}))

/** Fills the server with the users of these tests. */
export async function addUsers(server: Server): Promise<Api> {
  const api = await apiOf(server)
  const inserted = await importMany(api, await firstConnectionId(api), people)
  if (inserted !== USERS) throw new Error(`${inserted} users are in, and not ${USERS}`)
  return api
}

export interface Opened {
  readonly page: Page
  readonly faults: string[]
}

/** A person who is signed in, on the page for a new export. */
export async function openNewExport(
  browser: Browser,
  server: Server,
  options: Parameters<typeof openPage>[2] & {
    readonly client?: typeof CLIENT
    readonly draft?: unknown
  } = {},
): Promise<Opened> {
  const { client = CLIENT, draft, ...more } = options
  const opened = await openPage(browser, server.url, { at: '/export', ...more })
  if (draft !== undefined) {
    await opened.page.evaluate(
      (request) => sessionStorage.setItem('muster.export.draft', request),
      JSON.stringify(draft),
    )
  }
  await signIn(opened.page, client)
  await opened.page.getByRole('heading', { name: 'New export' }).waitFor()
  return opened
}

/** Waits for the button that names the number, and presses it. */
export async function exportUsers(page: Page, users: number): Promise<void> {
  await page.getByRole('button', { name: `Export ${users} users` }).click()
  await page.waitForURL(/#\/jobs\/job_/)
}

/** The unpacked file of the job that the page shows, as the browser downloads it. */
export async function downloaded(page: Page): Promise<string> {
  const coming = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download', exact: true }).click()
  return gunzipSync(readFileSync(await (await coming).path())).toString()
}

/** What the view “File” of the preview shows. */
export async function previewText(page: Page): Promise<string> {
  await page.getByRole('radio', { name: 'File' }).check({ force: true })
  return (await preview(page).locator('pre').textContent()) ?? ''
}

export function preview(page: Page) {
  return page.getByRole('region', { name: 'Preview', exact: true })
}

/** The headings of the table of the preview. */
export function previewHeadings(page: Page): Promise<readonly string[]> {
  return preview(page).getByRole('columnheader').allTextContents()
}

/** The names of the chosen columns, in order. */
export function columnsIn(page: Page): Promise<readonly string[]> {
  return page.getByRole('grid', { name: 'Columns of the file, in order' }).locator('bdi').allTextContents()
}

export async function chooseField(page: Page, name: string): Promise<void> {
  await page.getByLabel('Search fields').fill(name)
  await page.getByRole('treegrid').getByRole('row', { name, exact: true }).click()
  await page.getByLabel('Search fields').fill('')
}
