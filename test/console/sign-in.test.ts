import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { discard, type Server, startServer } from '../acceptance/harness.ts'
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
