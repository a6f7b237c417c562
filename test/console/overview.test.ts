import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, apiOf, discard, type Server, startServer } from '../acceptance/harness.ts'
import { CLIENT } from '../acceptance/start-process.ts'
import { axeComplaints, HAS_BROWSER, openPage, signIn, startBrowser } from './browser.ts'
import { connectionId, importUsers, newClient } from './tenant.ts'

const DATABASE = 'Username-Password-Authentication'
const OTHER = 'Customers'

function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString()
}

describe.skipIf(!HAS_BROWSER)('the overview of the console', () => {
  let server: Server
  let browser: Browser
  let api: Api
  beforeAll(async () => {
    ;[server, browser] = await Promise.all([startServer(), startBrowser()])
    api = await apiOf(server)
  })
  afterAll(async () => {
    await browser?.close()
    await discard(server)
  })

  async function openOverview(options: Parameters<typeof openPage>[2] = {}, client = CLIENT): Promise<Page> {
    const { page } = await openPage(browser, server.url, options)
    await signIn(page, client)
    return page
  }

  const card = (page: Page, name: string) => page.getByRole('region', { name, exact: true })

  // The tests below this one have users.
  test('a deployment without users begins with the ways to get some', async () => {
    const page = await openOverview()
    const start = card(page, 'Welcome to Muster')
    await start.waitFor()
    await start.getByText(`muster import users.ndjson --connection ${DATABASE}`).waitFor()
    await card(page, 'Exports of the last 24 hours').getByText('No export in the last 24 hours.').waitFor()
    await card(page, 'Last failures').getByText('No job has failed').waitFor()
    assert.deepEqual(await axeComplaints(page), [])
    await start.getByRole('link', { name: 'Import users' }).click()
    await page.getByRole('heading', { name: 'Import' }).waitFor()
  })

  describe('with users', () => {
    beforeAll(async () => {
      const users = (prefix: string, number: number, days: number) =>
        Array.from({ length: number }, (_, at) => ({
          email: `${prefix}${at}@example.com`,
          created_at: daysAgo(days),
          last_login: daysAgo(days - 1),
        }))
      await importUsers(api, server.url, await connectionId(api, DATABASE), users('a', 30, 3))
      await importUsers(api, server.url, await connectionId(api, OTHER), users('b', 12, 40))
      await api.export({ format: 'json' })
      await api.export({ format: 'csv', fields: [{ name: 'email' }] })
      const broken = await fetch(
        `${server.url}/api/v2/jobs/users-imports?connection_id=${await connectionId(api, DATABASE)}`,
        { method: 'POST', headers: { ...api.headers, 'content-type': 'text/csv' }, body: '# a comment\n' },
      )
      const { id } = (await broken.json()) as { id: string }
      await api.job(id, 'failed')
    })

    test('users are counted by connection, exports and failures of the last day are listed', async () => {
      const page = await openOverview()
      await card(page, 'Users').getByText('42 users').waitFor()
      const bars = card(page, 'Users').getByRole('listitem')
      await expect.poll(() => bars.allTextContents()).toEqual([`${DATABASE}30`, `${OTHER}12`])
      await card(page, 'Exports of the last 24 hours').getByText('2 exports').waitFor()
      await card(page, 'Last failures')
        .getByText(/is a comment/)
        .waitFor()
      await card(page, 'Health').getByText('Both work').waitFor()
      await card(page, 'Health')
        .getByText(/^\d+\.\d+\.\d+/)
        .waitFor()
      assert.equal(await page.getByText('Welcome to Muster').count(), 0)
      await card(page, 'Last failures').getByRole('link').first().click()
      await page.waitForURL(/#\/jobs\/job_/)
    })

    test('sign-ups and logins are a chart, a sentence and a table', async () => {
      const page = await openOverview()
      const activity = card(page, 'Sign-ups and logins')
      await activity
        .getByText('In the last 30 days 30 users were created, and 30 users logged in for the last time.')
        .waitFor()
      await activity.locator('canvas').waitFor()
      await activity.getByText('As a table').click()
      const days = activity.getByRole('row').filter({ hasText: '30' })
      await expect.poll(() => days.count()).toBeGreaterThanOrEqual(2)
      await activity.getByText('90 days').click()
      await activity
        .getByText('In the last 90 days 42 users were created, and 42 users logged in for the last time.')
        .waitFor()
      await activity.getByText('7 days').click()
      await activity.getByText('In the last 7 days 30 users were created').waitFor()
    })

    test('a slow answer for one card does not hold the others', async () => {
      const { page } = await openPage(browser, server.url, { at: '/users' })
      await signIn(page, CLIENT)
      let answer = (): void => undefined
      const held = new Promise<void>((resolve) => {
        answer = resolve
      })
      await page.route('**/users-exports/count', async (route) => {
        await held
        await route.continue()
      })
      await page.getByRole('link', { name: 'Overview' }).click()
      await card(page, 'Exports of the last 24 hours').getByText('2 exports').waitFor()
      await card(page, 'Sign-ups and logins').locator('canvas').waitFor()
      await card(page, 'Users').getByText('Loading…').waitFor()
      answer()
      await card(page, 'Users').getByText('42 users').waitFor()
    })

    test('a database that cannot be used is said in the words of the server, and so is a refused count', async () => {
      const { page } = await openPage(browser, server.url, { at: '/users' })
      await signIn(page, CLIENT)
      const refusal = (message: string) => ({
        status: 503,
        json: { statusCode: 503, error: 'Service Unavailable', message, errorCode: 'database_unavailable' },
      })
      await page.route('**/health', (route) => route.fulfill(refusal('Database: no answer within 2 s')))
      await page.route('**/users-exports/count', (route) => route.fulfill(refusal('too busy to count')))
      await page.getByRole('link', { name: 'Overview' }).click()
      await card(page, 'Health').getByText('Database: no answer within 2 s').waitFor()
      await card(page, 'Users').getByText('too busy to count').waitFor()
      await card(page, 'Users').getByText('Code: database_unavailable').waitFor()
      await page.unroute('**/users-exports/count')
      await card(page, 'Users').getByRole('button', { name: 'Try again' }).click()
      await card(page, 'Users').getByText('42 users').waitFor()
    })

    test('a client that may only read users learns what the other cards need', async () => {
      const client = await newClient(api, server.url, ['read:users'])
      const page = await openOverview({}, client)
      await card(page, 'Users').getByText('42 users').waitFor()
      await card(page, 'Users')
        .getByText(/need the scope read:connections/)
        .waitFor()
      await card(page, 'Sign-ups and logins').getByText('This needs the scope read:stats').waitFor()
      await card(page, 'Exports of the last 24 hours').getByText('2 exports').waitFor()
    })

    test('a client that may only read connections sees what the cards need, and the page asks nothing that is refused', async () => {
      const client = await newClient(api, server.url, ['read:connections'])
      const { page } = await openPage(browser, server.url)
      const refused: string[] = []
      page.on('response', (response) => {
        if (response.status() === 403) refused.push(response.url())
      })
      await signIn(page, client)
      await card(page, 'Users').getByText('This needs the scope read:users').waitFor()
      await card(page, 'Last failures').getByText('This needs the scope read:users').waitFor()
      await card(page, 'Health').getByText('Both work').waitFor()
      assert.deepEqual(refused, [])
    })

    test('axe finds nothing serious, in both themes and on a phone', async () => {
      for (const colorScheme of ['light', 'dark'] as const) {
        const page = await openOverview({ colorScheme, viewport: { width: 390, height: 844 } })
        await card(page, 'Users').getByText('42 users').waitFor()
        await card(page, 'Sign-ups and logins').locator('canvas').waitFor()
        await page.getByText('As a table').click()
        assert.deepEqual(await axeComplaints(page), [], colorScheme)
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), 0)
      }
    })
  })
})
