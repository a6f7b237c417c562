import assert from 'node:assert/strict'
import type { Browser, Page, Route } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  type Api,
  apiOf,
  discard,
  firstConnectionId,
  HAS_POSTGRES,
  newDatabaseOn,
  type Server,
  startServer,
} from '../acceptance/harness.ts'
import { CLIENT } from '../acceptance/start-process.ts'
import { freePort } from '../fixtures/free-port.ts'
import { axeComplaints, HAS_BROWSER, openPage, signIn, startBrowser } from './browser.ts'
import {
  fileOf,
  holdExports,
  linesIn,
  newExport,
  type OnPostgres,
  runSql,
  saved,
  startOnPostgres,
} from './job-world.ts'
import { newClient } from './tenant.ts'

const USERS = 2_000

const ADD_USERS = `insert into muster.users (connection_id, user_id, identities, created_at, updated_at, nickname)
  select id, 'auth0|' || n, '[]', now(), now(), repeat(md5(n::text), 20)
  from muster.connections, generate_series(1, ${USERS}) as n`

// Some seconds of work for the database, of which the job reports a part each second.
const SLOW = {
  format: 'json',
  fields: Array.from({ length: 150 }, (_, n) => ({ name: 'nickname', export_as: `n${n}` })),
}

describe.skipIf(!HAS_BROWSER || !HAS_POSTGRES)('the page of one job', () => {
  let database: OnPostgres['database']
  let server: Server
  let api: Api
  let browser: Browser
  let stop: OnPostgres['stop'] | undefined
  beforeAll(async () => {
    ;({ database, server, api, browser, stop } = await startOnPostgres())
    await runSql(database.url, ADD_USERS)
  })
  afterAll(() => stop?.())

  const openJob = async (id: string, options: Parameters<typeof openPage>[2] = {}) => {
    const opened = await openPage(browser, server.url, { at: `/jobs/${id}`, ...options })
    await signIn(opened.page, CLIENT)
    return opened
  }
  const downloadIn = (page: Page) => page.getByRole('button', { name: 'Download', exact: true })
  const meterIn = (page: Page) => page.getByRole('progressbar', { name: 'Share of the job that is done' })
  const doneIn = async (page: Page): Promise<number> =>
    Number((await meterIn(page).getAttribute('aria-valuenow')) ?? 0)

  test('a person sees the progress of an export, reloads in the middle, and downloads the bytes that the API gives', async () => {
    const id = await newExport(api, SLOW)
    const { page } = await openJob(id)
    await expect.poll(() => doneIn(page), { timeout: 60_000, interval: 20 }).toBeGreaterThan(0)
    await page.reload()
    await meterIn(page).waitFor()
    await downloadIn(page).waitFor({ timeout: 60_000 })
    await page.getByText(`The file with ${USERS.toLocaleString('en')} users is ready.`).waitFor()
    const file = await fileOf(api, id)
    assert.equal(linesIn(file), USERS)
    const { bytes, name } = await saved(page, () => downloadIn(page).click())
    assert.ok(bytes.equals(file))
    assert.match(name, /\.json\.gz$/)
  })

  test('the progress comes by asking for the job where a proxy refuses the stream of events', async () => {
    const goOn = await holdExports(database.url)
    const id = await newExport(api)
    const { page } = await openPage(browser, server.url, { at: `/jobs/${id}` })
    let asked = 0
    await page.route('**/events', (route) => {
      asked += 1
      return route.fulfill({ status: 502, body: 'no streams here' })
    })
    await signIn(page, CLIENT)
    await meterIn(page).waitFor()
    await expect.poll(() => asked).toBeGreaterThan(0)
    await goOn()
    await downloadIn(page).waitFor()
  })

  const verify = async (page: Page): Promise<void> => {
    await page.getByRole('button', { name: 'Verify in the browser' }).click()
  }
  const resultOf = (page: Page, check: string | RegExp) => page.getByRole('row', { name: check })

  test('the browser verifies a file against its receipt and saves exactly the verified bytes', async () => {
    const id = await newExport(api, { format: 'csv', fields: [{ name: 'nickname', export_as: 'a "b"\nc' }] })
    await api.job(id, 'completed')
    const { page } = await openJob(id)
    await verify(page)
    await page.getByText(`Verified: ${USERS.toLocaleString('en')} users`).waitFor()
    assert.equal(await page.getByText('wrong', { exact: true }).count(), 0)
    assert.equal(await page.getByText('correct', { exact: true }).count(), 7)
    const { bytes } = await saved(page, () => page.getByRole('button', { name: 'Save the verified' }).click())
    assert.ok(bytes.equals(await fileOf(api, id)))
  })

  test('a file whose bytes were changed on the way is not verified and not offered', async () => {
    const id = await newExport(api)
    const { page } = await openPage(browser, server.url, { at: `/jobs/${id}` })
    await page.route('**/downloads/**', async (route) => {
      const response = await route.fetch()
      const body = await response.body()
      // A byte of the header that does not change the contents.
      body[9] = (body[9] ?? 0) ^ 1
      await route.fulfill({ response, body })
    })
    await signIn(page, CLIENT)
    await verify(page)
    await page.getByText('The file is not what the receipt says').waitFor()
    assert.match((await resultOf(page, 'SHA-256').textContent()) ?? '', /wrong.*Receipt says/)
    assert.match((await resultOf(page, /^Size in bytes/).textContent()) ?? '', /correct/)
    assert.equal(await page.getByRole('button', { name: 'Save the verified' }).count(), 0)
  })

  test('a receipt that another key has signed is not accepted', async () => {
    const id = await newExport(api)
    const { page } = await openPage(browser, server.url, { at: `/jobs/${id}` })
    await page.route('**/receipt', async (route) => {
      const response = await route.fetch()
      const [head, body, signature = ''] = (await response.text()).split('.')
      const bytes = Buffer.from(signature, 'base64url')
      bytes[7] = (bytes[7] ?? 0) ^ 1
      await route.fulfill({ response, body: `${head}.${body}.${bytes.toString('base64url')}` })
    })
    await signIn(page, CLIENT)
    await verify(page)
    await page.getByText('The file is not what the receipt says').waitFor()
    assert.match((await resultOf(page, 'Signed by this server').textContent()) ?? '', /wrong/)
    assert.match((await resultOf(page, 'SHA-256').textContent()) ?? '', /correct/)
  })

  test('a file at another host is not read by the page, which shows the command that verifies the file', async () => {
    const id = await newExport(api)
    await api.job(id, 'completed')
    const { page } = await openPage(browser, server.url, { at: `/jobs/${id}` })
    const elsewhere = async (route: Route): Promise<void> => {
      const response = await route.fetch()
      const job = (await response.json()) as object
      const location = 'https://files.example/jobs/1/acme.csv.gz?X-Amz-Signature=1'
      await route.fulfill({ response, json: { ...job, location } })
    }
    await page.route(`**/api/v2/jobs/${id}`, elsewhere)
    await signIn(page, CLIENT)
    await verify(page)
    await page.getByText('The file is at another host').waitFor()
    await page.getByText(`muster verify acme.csv.gz ${id}.receipt.jws --jwks ${server.url}`).waitFor()
  })

  test('a receipt is shown in words, and saved with the bytes that the API gives', async () => {
    const id = await newExport(api)
    await api.job(id, 'completed')
    const { page } = await openJob(id)
    await page.getByText('Show what the receipt says').click()
    await page.getByText('Counted in the database').waitFor()
    const { bytes, name } = await saved(page, () =>
      page.getByRole('button', { name: 'Download receipt' }).click(),
    )
    assert.equal(bytes.toString(), await (await api.get(`jobs/${id}/receipt`)).text())
    assert.equal(name, `${id}.receipt.jws`)
  })

  test('a person cancels a running export after a question, and the job is gone', async () => {
    const goOn = await holdExports(database.url)
    const id = await newExport(api)
    const { page } = await openJob(id)
    await meterIn(page).waitFor()
    await page.getByRole('button', { name: 'Cancel', exact: true }).click()
    await page.getByRole('button', { name: 'Let it run' }).click()
    assert.equal((await api.get(`jobs/${id}`)).status, 200)
    await page.getByRole('button', { name: 'Cancel', exact: true }).click()
    await page.getByRole('button', { name: 'Cancel the job' }).click()
    await page.getByRole('heading', { name: 'Jobs', level: 1 }).waitFor()
    assert.equal((await api.get(`jobs/${id}`)).status, 404)
    await goOn()
  })

  test('a job that another client deletes is shown as deleted', async () => {
    const goOn = await holdExports(database.url)
    const id = await newExport(api)
    const { page } = await openJob(id)
    await meterIn(page).waitFor()
    await fetch(`${server.url}/api/v2/jobs/${id}`, { method: 'DELETE', headers: api.headers })
    await page.getByRole('heading', { name: 'This job was deleted' }).waitFor()
    await goOn()
  })

  test('an unknown job is said to be unknown', async () => {
    const { page } = await openJob('job_0000000000000000')
    await page.getByRole('heading', { name: 'There is no such job' }).waitFor()
  })

  test('a failed export shows its reason and what to do', async () => {
    const keys = Object.fromEntries(Array.from({ length: 1_700 }, (_, n) => [`key${n}`, n]))
    await runSql(database.url, `update muster.users set user_metadata = $1 where user_id = 'auth0|1'`, [
      JSON.stringify(keys),
    ])
    const id = await newExport(api, { format: 'csv', metadata_columns: 'discover' })
    const { status_details: reason } = await api.job(id, 'failed')
    const { page } = await openJob(id)
    const notice = page.getByRole('alert')
    await notice.getByText(String(reason)).waitFor()
    await notice.getByText('Name the fields that you need').waitFor()
    await notice.getByText('Code: columns_too_many').waitFor()
  })

  test('an import shows which users were refused and why', async () => {
    const users = [{ email: 'good@import.example' }, { email: '<b>bad</b>' }]
    const response = await api.import(await firstConnectionId(api), users)
    const { id } = (await response.json()) as { id: string }
    await api.job(id, 'completed')
    const { page } = await openJob(id)
    await page.getByRole('heading', { name: /^Import into/ }).waitFor()
    const refused = page.getByRole('row').filter({ hasText: 'FORMAT' })
    await refused.getByText('<b>bad</b>', { exact: true }).waitFor()
  })

  test('the request of an export is shown in words, and texts of others as texts', async () => {
    const q = 'nickname:"<img src=x onerror=alert(1)>\u202e" OR email:*'
    const fields = [{ name: 'email', export_as: '=1+1' }, { name: 'user_metadata.<script>' }]
    const body = { q, fields, sort: 'email:-1', csv: { delimiter: ';', header: false } }
    const id = await newExport(api, body)
    const { page } = await openJob(id)
    for (const text of [q, 'By email address, descending', 'Semicolon', 'No heading line', 'as =1+1'])
      await page.getByText(text).first().waitFor()
    assert.equal(await page.locator('img, script:not([src])').count(), 0)
  })

  test('the page for a new export opens to repeat an export with changes', async () => {
    const body = { format: 'csv', q: 'email:*', limit: 5, csv: { bom: true } }
    const id = await newExport(api, body)
    const { page } = await openJob(id)
    await page.getByRole('button', { name: 'Repeat with changes' }).click()
    await page.waitForURL(/#\/export$/)
    await page.getByRole('heading', { name: 'New export', level: 1 }).waitFor()
  })

  test('a client that may only create users sees an export, and which scope its file needs', async () => {
    const id = await newExport(api)
    await api.job(id, 'completed')
    const client = await newClient(api, server.url, ['create:users'])
    const { page } = await openPage(browser, server.url, { at: `/jobs/${id}` })
    await signIn(page, client)
    await page.getByText('This needs the scope read:users').waitFor()
    for (const name of ['Download', 'Delete', 'Repeat with changes'])
      assert.equal(await page.getByRole('button', { name, exact: true }).count(), 0, name)
  })

  test('axe finds nothing serious on the page of a running and of a completed export, in both themes', async () => {
    const finished = await newExport(api, { q: 'email:*', fields: [{ name: 'email' }] })
    await api.job(finished, 'completed')
    const goOn = await holdExports(database.url)
    const running = await newExport(api)
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await openJob(running, { colorScheme })
      await meterIn(page).waitFor()
      assert.deepEqual(await axeComplaints(page), [], colorScheme)
      await page.goto(`${server.url}/#/jobs/${finished}`)
      await verify(page)
      await page.getByText('Verified:').waitFor()
      assert.deepEqual(await axeComplaints(page), [], colorScheme)
    }
    await goOn()
  })

  test('the page of a job is no wider than a phone', async () => {
    const id = await newExport(api, { q: `email:${'x'.repeat(300)}` })
    await api.job(id, 'completed')
    const { page } = await openJob(id, { viewport: { width: 390, height: 844 } })
    await verify(page)
    await page.getByText('Verified:').waitFor()
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390)
  })
})

describe.skipIf(!HAS_BROWSER || !HAS_POSTGRES)('the page of a job whose server is killed', () => {
  test('an export goes on over a restart of the server, and the page says until then that the server is away', async () => {
    const database = await newDatabaseOn('postgres')
    assert.ok(database)
    onTestFinished(database.stop)
    const options = { databaseUrl: database.url, args: ['--port', String(await freePort())] }
    const first = await startServer(options)
    onTestFinished(() => discard(first))
    const browser = await startBrowser()
    onTestFinished(() => browser.close())
    const api = await apiOf(first)
    const goOn = await holdExports(database.url)
    const id = await newExport(api)
    const { page } = await openPage(browser, first.url, { at: `/jobs/${id}` })
    await signIn(page, CLIENT)
    const meter = page.getByRole('progressbar', { name: 'Share of the job that is done' })
    await meter.waitFor()
    await first.end('SIGKILL')
    await page.getByText('The server cannot be reached; trying again…').waitFor()
    await goOn()
    const second = await startServer({ ...options, folder: first.folder })
    onTestFinished(() => discard(second))
    // The job waits until the lease of the killed process has expired.
    await expect.poll(() => page.getByText('The server cannot be reached').count()).toBe(0)
    await meter.waitFor()
    const download = page.getByRole('button', { name: 'Download', exact: true })
    await download.waitFor({ timeout: 60_000 })
    const { bytes } = await saved(page, () => download.click())
    assert.ok(bytes.equals(await fileOf(await apiOf(second), id)))
  })
})
