import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Api, firstConnectionId, HAS_POSTGRES, type Server } from '../acceptance/harness.ts'
import { CLIENT } from '../acceptance/start-process.ts'
import { axeComplaints, HAS_BROWSER, openPage, signIn } from './browser.ts'
import {
  fileOf,
  holdExports,
  newExport,
  type OnPostgres,
  runSql,
  saved,
  startOnPostgres,
} from './job-world.ts'
import { newClient } from './tenant.ts'

const JOBS = 10_000

// As old as the list goes. The older half has expired.
const ADD_JOBS = `insert into muster.jobs (id, type, status, created_at, request, receipt, summary)
  select 'job_' || lpad(n::text, 16, '0'),
    case when n % 7 = 0 then 'users_import' else 'users_export' end,
    'completed', now() - n * interval '17 seconds',
    case when n % 7 = 0 then '{"by":"stream","upsert":"no"}'::jsonb else '{"format":"csv"}'::jsonb end,
    case when n % 7 = 0 then null else jsonb_build_object('rows', n) end,
    case when n % 7 = 0 then '{"failed":1,"updated":2,"inserted":3,"total":6}'::jsonb end
  from generate_series(1, ${JOBS}) as n`

describe.skipIf(!HAS_BROWSER || !HAS_POSTGRES)('the list of jobs', () => {
  let database: OnPostgres['database']
  let server: Server
  let api: Api
  let browser: Browser
  let stop: OnPostgres['stop'] | undefined
  beforeAll(async () => {
    ;({ database, server, api, browser, stop } = await startOnPostgres())
  })
  afterAll(() => stop?.())

  const openJobs = async (options: Parameters<typeof openPage>[2] = {}, client = CLIENT) => {
    const opened = await openPage(browser, server.url, { at: '/jobs', ...options })
    await signIn(opened.page, client)
    await opened.page.getByRole('heading', { name: 'Jobs', level: 1 }).waitFor()
    return opened
  }
  const rowsIn = (page: Page) => page.getByRole('grid', { name: 'Jobs' }).getByRole('row')
  const rowOf = (page: Page, id: string) => rowsIn(page).filter({ has: page.locator(`a[href$="${id}"]`) })
  const choose = async (page: Page, label: string, option: string): Promise<void> => {
    await page.getByRole('button', { name: label }).click()
    await page.getByRole('option', { name: option, exact: true }).click()
  }
  const act = async (page: Page, id: string, action: string): Promise<void> => {
    await rowOf(page, id).getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: action }).click()
  }

  test('a list without jobs says what will appear there', async () => {
    const { page } = await openJobs()
    await page.getByRole('heading', { name: 'No jobs yet' }).waitFor()
  })

  test('a person downloads the bytes that the API gives, by a new link with each click', async () => {
    const id = await newExport(api)
    const file = await fileOf(api, id)
    const { page } = await openJobs()
    const download = rowOf(page, id).getByRole('button', { name: 'Download' })
    await download.waitFor()
    const first = await saved(page, () => download.click())
    // A link names the second in which it ends.
    const second = Math.floor(Date.now() / 1000)
    await expect.poll(() => Math.floor(Date.now() / 1000)).toBeGreaterThan(second)
    const next = await saved(page, () => download.click())
    assert.ok(first.bytes.equals(file) && next.bytes.equals(file))
    assert.notEqual(first.url, next.url)
    const receipt = await saved(page, () => act(page, id, 'Download receipt'))
    assert.equal(receipt.bytes.toString(), await (await api.get(`jobs/${id}/receipt`)).text())
  })

  test('a job that others start appears by itself, and is completed without a reload', async () => {
    const { page } = await openJobs()
    await rowsIn(page).first().waitFor()
    const goOn = await holdExports(database.url)
    const id = await newExport(api, { format: 'json' })
    await rowOf(page, id).getByText('Running').waitFor()
    await goOn()
    await rowOf(page, id).getByText('Completed').waitFor()
    await rowOf(page, id).getByRole('button', { name: 'Download' }).waitFor()
  })

  test('a person deletes a job after a question that says that the file goes too', async () => {
    const id = await newExport(api)
    await api.job(id, 'completed')
    const { page } = await openJobs()
    await act(page, id, 'Delete')
    await page.getByText('Its file is removed from the server too.').waitFor()
    await page.getByRole('button', { name: 'Keep it' }).click()
    await act(page, id, 'Delete')
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await expect.poll(() => rowOf(page, id).count()).toBe(0)
    assert.equal((await api.get(`jobs/${id}`)).status, 404)
  })

  test('an export is repeated with its whole request', async () => {
    const connection_id = await firstConnectionId(api)
    const asked = {
      connection_id,
      format: 'csv',
      fields: [{ name: 'email', export_as: 'E-mail' }],
      q: 'email:*',
      since: '2026-01-31T12:00:00.000Z',
      limit: 5,
      sort: 'email:-1',
      csv: { bom: true },
    }
    const id = await newExport(api, asked)
    const { page } = await openPage(browser, server.url, { at: '/jobs' })
    // The next page takes the draft as soon as it opens.
    await page.evaluate(() => {
      const put = Storage.prototype.setItem
      Storage.prototype.setItem = function (key, value) {
        document.documentElement.setAttribute(`data-${key.replaceAll('.', '-')}`, value)
        put.call(this, key, value)
      }
    })
    await signIn(page, CLIENT)
    await act(page, id, 'Repeat with changes')
    await page.getByRole('heading', { name: 'New export', level: 1 }).waitFor()
    const draft = await page.locator('html').getAttribute('data-muster-export-draft')
    assert.deepEqual(JSON.parse(draft ?? ''), asked)
  })

  test('the list shows what was asked for as text, and why a job failed', async () => {
    const q = 'email:"<img src=x onerror=alert(1)>\u202e"'
    const id = await newExport(api, { q })
    const failed = await newExport(api, { format: 'json' })
    await api.job(id, 'completed')
    await api.job(failed, 'completed')
    await runSql(
      database.url,
      `update muster.jobs set status = 'failed', status_details = 'The <b>disk</b> is full' where id = $1`,
      [failed],
    )
    const { page } = await openJobs()
    await rowOf(page, id).getByText(q).waitFor()
    await rowOf(page, failed).getByText('The <b>disk</b> is full').waitFor()
    await rowOf(page, failed).getByText('Failed', { exact: true }).waitFor()
    assert.equal(await page.locator('[role=grid] img, [role=grid] b').count(), 0)
  })

  test('filters by type and status leave out other jobs, and hold over a reload', async () => {
    const response = await api.import(await firstConnectionId(api), [{ email: 'a@jobs.example' }])
    const { id } = (await response.json()) as { id: string }
    await api.job(id, 'completed')
    const { page } = await openJobs()
    await choose(page, 'Type', 'Imports')
    await expect.poll(() => rowsIn(page).count()).toBe(1)
    await rowOf(page, id).waitFor()
    await page.reload()
    await rowOf(page, id).waitFor()
    await choose(page, 'State', 'Failed')
    await page.getByRole('heading', { name: 'No job matches these filters' }).waitFor()
    await page.getByRole('button', { name: 'Show all jobs' }).click()
    await expect.poll(() => rowsIn(page).count()).toBeGreaterThan(1)
  })

  test('a client that may only read users downloads exports and deletes no import', async () => {
    const exported = await newExport(api)
    await api.job(exported, 'completed')
    const { jobs } = (await (await api.get('jobs?type=users_import&take=1')).json()) as {
      jobs: { id: string }[]
    }
    const imported = jobs[0]?.id ?? ''
    const client = await newClient(api, server.url, ['read:users'])
    const { page } = await openJobs({}, client)
    await rowOf(page, exported).getByRole('button', { name: 'Download' }).waitFor()
    await rowOf(page, imported).getByRole('button', { name: 'More actions' }).click()
    await page.getByRole('menuitem', { name: 'Show details' }).waitFor()
    assert.equal(await page.getByRole('menuitem').count(), 1)
  })

  test('a client that may read no jobs sees which scope is missing', async () => {
    const client = await newClient(api, server.url, ['read:connections'])
    const { page } = await openJobs({}, client)
    await page.getByText('This needs the scope read:users').waitFor()
  })

  test('a list that cannot be loaded says so, and is loaded with the next try', async () => {
    const { page } = await openPage(browser, server.url)
    let isAway = true
    await page.route('**/api/v2/jobs?**', (route) =>
      isAway ? route.fulfill({ status: 500, json: { message: 'Something broke' } }) : route.continue(),
    )
    await signIn(page, CLIENT)
    await page.getByRole('link', { name: 'Jobs', exact: true }).click()
    await page.getByRole('heading', { name: 'Jobs', level: 1 }).waitFor()
    await page.getByRole('alert').getByText('Something broke').waitFor()
    isAway = false
    await page.getByRole('button', { name: 'Try again' }).click()
    await rowsIn(page).first().waitFor()
  })

  test('a list of 10,000 jobs keeps only the rows in sight in the document, and more come with scrolling', async () => {
    await runSql(database.url, ADD_JOBS)
    onTestFinished(() => runSql(database.url, `delete from muster.jobs where id like 'job_0000%'`))
    const { page } = await openJobs()
    await page.getByText('The newest 100 jobs').waitFor()
    // Nothing more comes before a person scrolls.
    await page.waitForLoadState('networkidle')
    await page.getByText('The newest 100 jobs').waitFor()
    const nodes = () => page.evaluate(() => document.querySelectorAll('*').length)
    const before = await nodes()
    const loaded = async (): Promise<number> => {
      await page.mouse.wheel(0, 1_000_000)
      return Number((await page.getByText(/^The newest/).textContent())?.replace(/\D/g, ''))
    }
    await expect.poll(loaded, { timeout: 60_000 }).toBeGreaterThanOrEqual(1_500)
    await expect.poll(() => rowsIn(page).count()).toBeLessThan(60)
    const after = await nodes()
    assert.ok(after < before * 2 && after < 1_500, `${before} nodes, then ${after}`)
  })

  test('axe finds nothing serious on the list, in both themes', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await openJobs({ colorScheme })
      await rowsIn(page).first().waitFor()
      assert.deepEqual(await axeComplaints(page), [], colorScheme)
    }
  })

  test('the list is no wider than a phone, and a person reaches each action by the keyboard', async () => {
    const id = await newExport(api, { q: `email:${'x'.repeat(300)}` })
    await api.job(id, 'completed')
    const { page } = await openJobs({ viewport: { width: 390, height: 844 } })
    await rowOf(page, id).getByRole('button', { name: 'Download' }).waitFor()
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390)
    await rowOf(page, id).focus()
    const names: string[] = []
    for (let count = 0; count < 3; count += 1) {
      await page.keyboard.press('Tab')
      names.push(await page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? 'link'))
    }
    assert.deepEqual(names, [
      'link',
      'Download CSV export of all users, filtered',
      'More actions: CSV export of all users, filtered',
    ])
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'Show details' }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'What was asked for' }).waitFor()
  })
})
