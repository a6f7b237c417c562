import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiOf, discard, type Server, startServer } from '../acceptance/harness.ts'
import { CLIENT } from '../acceptance/start-process.ts'
import { axeComplaints, HAS_BROWSER, openPage, signIn, startBrowser } from './browser.ts'

describe.skipIf(!HAS_BROWSER)('signing in to the console', () => {
  let server: Server
  let browser: Browser
  beforeAll(async () => {
    ;[server, browser] = await Promise.all([startServer(), startBrowser()])
  })
  afterAll(async () => {
    await browser?.close()
    await discard(server)
  })

  test('a person signs in with client id and secret, and a reload keeps the session', async () => {
    const { page } = await openPage(browser, server.url)
    await signIn(page, CLIENT)
    await page.reload()
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in to Muster' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'Sign in to Muster' }).waitFor()
  })

  test('the link that the server prints signs in once, and leaves no code in the address', async () => {
    const link = /http\S+#(\/sign-in\/\S+)/.exec(server.output())?.[1] ?? ''
    assert.notEqual(link, '')
    const { page } = await openPage(browser, server.url, { at: link })
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    assert.ok(!page.url().includes(link.slice('/sign-in/'.length)), page.url())
    const { page: another } = await openPage(browser, server.url, { at: link })
    await expect.poll(() => another.getByRole('alert').textContent()).toContain('The link did not work')
    await signIn(another, CLIENT)
  })

  test('a person signs in with a token', async () => {
    const { headers } = await apiOf(server)
    const { page } = await openPage(browser, server.url)
    await page.getByText('Token', { exact: true }).click()
    await page
      .getByLabel('Management API token')
      .fill(headers['authorization']?.slice('Bearer '.length) ?? '')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
  })

  test('a token that ended asks to sign in again, over an unchanged page', async () => {
    const { page } = await openPage(browser, server.url)
    await signIn(page, CLIENT)
    await page.getByRole('link', { name: 'Users', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: 'Users' }).waitFor()
    const ended = { statusCode: 401, error: 'Unauthorized', message: 'Expired token' }
    await page.route('**/api/v2/**', (route) => route.fulfill({ status: 401, json: ended }))
    await page.getByRole('link', { name: 'Jobs' }).click()
    const dialog = page.getByRole('dialog', { name: 'Sign in again' })
    await dialog.waitFor()
    await page.unroute('**/api/v2/**')
    await signIn(page, CLIENT)
    await dialog.waitFor({ state: 'hidden' })
    await page.getByRole('heading', { level: 1, name: 'Jobs' }).waitFor()
  })

  test('the token is in no storage of the browser, and no script reads the cookie', async () => {
    const { page } = await openPage(browser, server.url)
    await signIn(page, CLIENT)
    const stored = await page.evaluate(() => [
      JSON.stringify(localStorage),
      JSON.stringify(sessionStorage),
      document.cookie,
    ])
    assert.ok(
      stored.every((text) => !/eyJ/.test(text)),
      stored.join('\n'),
    )
    const [cookie] = await page.context().cookies(`${server.url}/console/session`)
    assert.deepEqual([cookie?.httpOnly, cookie?.sameSite], [true, 'Strict'])
  })

  test('a wrong secret is refused in words at the form', async () => {
    const { page } = await openPage(browser, server.url)
    await page.getByLabel('Client ID').fill(CLIENT.id)
    await page.getByLabel('Client secret').fill('wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect.poll(() => page.getByRole('alert').textContent()).toContain('Signing in failed')
  })

  test('axe finds nothing serious on the page to sign in, in both themes', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await openPage(browser, server.url, { colorScheme })
      await page.getByRole('heading', { name: 'Sign in to Muster' }).waitFor()
      assert.deepEqual(await axeComplaints(page), [], colorScheme)
    }
  })
})
