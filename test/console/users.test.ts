import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, apiOf, discard, type Server, startServer } from '../acceptance/harness.ts'
import { CLIENT } from '../acceptance/start-process.ts'
import { axeComplaints, HAS_BROWSER, openPage, signIn, startBrowser } from './browser.ts'
import { connectionId, importUsers, newClient } from './tenant.ts'

const LONG = 'a long text '.repeat(900)
const HOSTILE = {
  user_id: 'auth0|100%25/../<b>?#"',
  email: 'hostile@example.com',
  name: '<img src=x onerror="alert(1)"><script>alert(2)</script>',
  nickname: '\u202egnp.exe',
  picture: 'https://pictures.example/who-looks.png',
  user_metadata: {
    '<b>bold</b>': '=HYPERLINK("http://evil.example","click")',
    escape: '\u001b[31mred',
    right_to_left: 'مرحبا \u202e olleh',
    long: LONG,
    __proto__x: { constructor: 1 },
  },
  app_metadata: { big: 0 },
  created_at: '2026-01-01T00:00:00.000Z',
  last_login: '2026-02-01T00:00:00.000Z',
  logins_count: 3,
}

const OTHERS = Array.from({ length: 120 }, (_, at) => ({
  user_id: `auth0|${String(at).padStart(24, '0')}`,
  email: `user${at}@example.com`,
  name: at === 7 ? 'Jane Doe' : `Person ${at}`,
  blocked: at === 7,
}))

describe.skipIf(!HAS_BROWSER)('users in the console', () => {
  let server: Server
  let browser: Browser
  let api: Api
  beforeAll(async () => {
    ;[server, browser] = await Promise.all([startServer(), startBrowser()])
    api = await apiOf(server)
    await importUsers(api, server.url, await connectionId(api, 'Username-Password-Authentication'), OTHERS)
    await importUsers(api, server.url, await connectionId(api, 'Customers'), [HOSTILE])
    const digits = await fetch(`${server.url}/api/v2/users/${encodeURIComponent(HOSTILE.user_id)}`, {
      method: 'PATCH',
      headers: { ...api.headers, 'content-type': 'application/json' },
      body: '{"app_metadata":{"big":17841461234567891}}',
    })
    assert.equal(digits.status, 200)
  })
  afterAll(async () => {
    await browser?.close()
    await discard(server)
  })

  async function openUsers(options: Parameters<typeof openPage>[2] = {}): Promise<Page> {
    const { page } = await openPage(browser, server.url, { at: '/users', ...options })
    await signIn(page, CLIENT)
    return page
  }

  test('a person finds a user by a query and comes back to the same list', async () => {
    const page = await openUsers()
    await page.getByText('121 users found').waitFor()
    await page.getByLabel('Search', { exact: true }).fill('name:jane*')
    await page.getByText('1 user found').waitFor()
    await page.getByText('Blocked').last().waitFor()
    await page.getByRole('link', { name: 'Jane Doe' }).click()
    await page.getByRole('heading', { name: 'Jane Doe' }).waitFor()
    await page.getByRole('link', { name: 'All users' }).click()
    await page.getByRole('link', { name: 'Jane Doe' }).waitFor()
    assert.equal(await page.getByLabel('Search', { exact: true }).inputValue(), 'name:jane*')
  })

  test('a query that cannot be read is explained at its field, and an example replaces the query', async () => {
    const page = await openUsers()
    const field = page.getByLabel('Search', { exact: true })
    await field.fill('name:jane AND')
    const explained = 'At character 14: expected a value before the end'
    await page.getByText(explained).waitFor()
    assert.equal(await field.getAttribute('aria-invalid'), 'true')
    await page.getByRole('button', { name: /Never logged in/ }).click()
    await page.getByText('120 users found').waitFor()
    assert.equal(await page.getByText(explained).count(), 0)
  })

  test('pages go forward and back, and a filter begins with the first page', async () => {
    const page = await openUsers()
    const first = page.getByRole('row').nth(1)
    await expect.poll(() => first.textContent()).toContain('Person 0')
    await page.getByRole('button', { name: 'Next page' }).click()
    await expect.poll(() => first.textContent()).toContain('Person 50')
    await page.getByRole('button', { name: 'Previous page' }).click()
    await expect.poll(() => first.textContent()).toContain('Person 0')
    await page.getByRole('button', { name: 'Next page' }).click()
    await page.getByRole('button', { name: 'Next page' }).click()
    await page.getByText('Page 3').waitFor()
    await expect.poll(() => page.getByRole('button', { name: 'Next page' }).isDisabled()).toBe(true)
    await page.getByRole('button', { name: /All connections/ }).click()
    await page.getByRole('option', { name: 'Customers' }).click()
    await page.getByText('1 user found').waitFor()
    await page.getByText('Page 1').waitFor()
  })

  test('the last query counts, however late the answers of earlier ones come', async () => {
    const page = await openUsers()
    await page.getByText('121 users found').waitFor()
    await page.route(/q=name%3Aperson/, async (route) => {
      await new Promise((later) => setTimeout(later, 1500))
      await route.continue().catch(() => undefined)
    })
    const field = page.getByLabel('Search', { exact: true })
    await field.fill('name:person*')
    await page.waitForRequest(/q=name%3Aperson/)
    await field.fill('name:jane*')
    await page.getByText('1 user found').waitFor()
    await page.waitForTimeout(1800)
    assert.equal(await page.getByRole('row').count(), 2)
  })

  test('hostile texts of a user are shown as texts, and no picture is loaded', async () => {
    const page = await openUsers()
    page.on('dialog', () => assert.fail('a text of a user ran'))
    await page.getByLabel('Search', { exact: true }).fill('email:hostile@example.com')
    await page.getByRole('link', { name: HOSTILE.name }).click()
    await page.getByRole('heading', { name: HOSTILE.name }).waitFor()
    const content = page.locator('#content')
    assert.equal(await content.locator('img, script, b, iframe').count(), 0)
    await page.getByText('<b>bold</b>', { exact: true }).waitFor()
    await page.getByText('␛[31mred', { exact: true }).waitFor()
    await page.getByText(HOSTILE.picture, { exact: true }).waitFor()
    const turned = page.locator('bdi', { hasText: HOSTILE.nickname })
    assert.equal(await turned.first().evaluate((element) => getComputedStyle(element).unicodeBidi), 'isolate')
    assert.ok(!(await content.textContent())?.includes(LONG.trim()))
    await page.getByRole('button', { name: 'Show all (10.8 KB)' }).click()
    await expect.poll(async () => (await content.textContent())?.includes(LONG.trim())).toBe(true)
  })

  test('a profile as JSON keeps every digit and can be copied', async () => {
    const page = await openUsers({ permissions: ['clipboard-read', 'clipboard-write'] })
    await page.goto(`${server.url}/#/users/${encodeURIComponent(HOSTILE.user_id.replaceAll('%', '%25'))}`)
    await page.getByText('17841461234567891').waitFor()
    await page.getByText('JSON', { exact: true }).click()
    const shown = (await page.locator('pre').textContent()) ?? ''
    assert.match(shown, /"big": 17841461234567891\b/)
    assert.match(shown, /"nickname": "\\u202egnp\.exe"/)
    await page.getByRole('button', { name: 'Copy JSON' }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText())) as typeof HOSTILE
    assert.deepEqual(
      [copied.user_id, copied.nickname, copied.user_metadata],
      [HOSTILE.user_id, HOSTILE.nickname, HOSTILE.user_metadata],
    )
  })

  test('an unknown user has a page that says so', async () => {
    const page = await openUsers({ at: '/users/auth0%7Cnobody' })
    await page.getByRole('heading', { name: 'There is no such user' }).waitFor()
  })

  test('a client that may not read users learns which scope is missing', async () => {
    const client = await newClient(api, server.url, ['create:users'])
    for (const at of ['/users', '/users/auth0%7C1']) {
      const { page } = await openPage(browser, server.url, { at })
      await signIn(page, client)
      await page.getByText('This needs the scope read:users').waitFor()
    }
  })

  test('a client that may only read users sees them without the choice of a connection', async () => {
    const client = await newClient(api, server.url, ['read:users'])
    const { page } = await openPage(browser, server.url, { at: '/users' })
    await signIn(page, client)
    await page.getByText('121 users found').waitFor()
    assert.equal(await page.getByText('All connections').count(), 0)
  })

  test('axe finds nothing serious on the list and on a profile, in both themes and on a phone', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await openUsers({ colorScheme, viewport: { width: 390, height: 844 } })
      await page.getByText('121 users found').waitFor()
      assert.deepEqual(await axeComplaints(page), [], colorScheme)
      assert.equal(await sideways(page), 0)
      await page.getByLabel('Search', { exact: true }).fill('email:hostile@example.com')
      await page.getByRole('link', { name: HOSTILE.name }).click()
      await page.getByRole('heading', { name: HOSTILE.name }).waitFor()
      assert.deepEqual(await axeComplaints(page), [], colorScheme)
      assert.equal(await sideways(page), 0)
    }
  })
})

function sideways(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
}
