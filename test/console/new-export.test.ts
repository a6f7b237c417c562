import assert from 'node:assert/strict'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, discard, type Server, startServer } from '../acceptance/harness.ts'
import { CLIENT } from '../acceptance/start-process.ts'
import { HAS_BROWSER, openPage, startBrowser } from './browser.ts'
import {
  addUsers,
  chooseField,
  columnsIn,
  downloaded,
  exportUsers,
  openNewExport,
  preview,
  previewHeadings,
  previewText,
  USERS,
  VERIFIED,
} from './new-export-world.ts'

describe.skipIf(!HAS_BROWSER)('a new export in the console', () => {
  let server: Server
  let api: Api
  let browser: Browser
  beforeAll(async () => {
    ;[server, browser] = await Promise.all([startServer(), startBrowser()])
    api = await addUsers(server)
  })
  afterAll(async () => {
    await browser?.close()
    await discard(server)
  })

  const countJobs = async (): Promise<number> =>
    ((await (await api.get('jobs?type=users_export')).json()) as { jobs: unknown[] }).jobs.length

  test('a person chooses and renames fields, filters, sees the first rows, and downloads exactly these', async () => {
    const { page } = await openNewExport(browser, server)
    await chooseField(page, 'user_metadata.consent.given')
    await chooseField(page, 'email')
    await page.getByLabel('Heading of user_metadata.consent.given').fill('consent')
    await page.getByLabel('Query').fill('user_metadata.consent.given:true')
    await page.getByText('Verified email address only').click()
    await page.getByRole('button', { name: 'Export 6 users' }).waitFor()
    await expect.poll(() => previewHeadings(page)).toEqual(['consent', 'email'])
    await expect.poll(() => previewText(page)).toMatch(/^consent,email\n(true,"'user\d+@example.com"\n){6}$/)
    const shown = await previewText(page)
    await exportUsers(page, 6)
    assert.equal(await downloaded(page), shown)
  })

  test('the button counts the users of the filter while a person types', async () => {
    const { page } = await openNewExport(browser, server)
    await page.getByRole('button', { name: `Export ${USERS} users` }).waitFor()
    await page.getByLabel('Query').fill('email_verified:true')
    await page.getByRole('button', { name: `Export ${VERIFIED} users` }).waitFor()
    await page.getByLabel('Limit').fill('1')
    await page.getByRole('button', { name: 'Export 1 user' }).waitFor()
    await page.getByLabel('Query').fill('name:nobody')
    await page.getByText('No user matches these choices. The file would be empty.').waitFor()
  })

  test('a name in the filter that no user has in the metadata is named', async () => {
    const { page } = await openNewExport(browser, server)
    await page.getByLabel('Query').fill('app_metadata.plans:gold')
    const hint = page.getByText('No user has app_metadata.plans.')
    await hint.waitFor()
    await page.getByLabel('Query').fill('app_metadata.plan:gold')
    await page.getByRole('button', { name: `Export ${USERS / 3} users` }).waitFor()
    assert.equal(await hint.count(), 0)
  })

  test('the answer to an older query never replaces the answer to the newest', async () => {
    const { page } = await openNewExport(browser, server)
    await page.getByRole('button', { name: `Export ${USERS} users` }).waitFor()
    let goOn = (): void => undefined
    const held = new Promise<void>((done) => {
      goOn = done
    })
    await page.route('**/users-exports/count', async (route) => {
      if (route.request().postData()?.includes('"email_verified:true"') === true) await held
      // The page has given this request up, so there may be nobody to answer.
      await route.continue().catch(() => undefined)
    })
    await page.getByLabel('Query').fill('email_verified:true')
    await page.getByText('Counting…').waitFor()
    await page.getByLabel('Query').fill('app_metadata.plan:gold')
    await page.getByRole('button', { name: `Export ${USERS / 3} users` }).waitFor()
    goOn()
    await page.getByLabel('Limit').fill('3')
    await page.getByRole('button', { name: 'Export 3 users' }).waitFor()
  })

  test('the last preview stays while the next one loads', async () => {
    const { page } = await openNewExport(browser, server)
    await preview(page).getByRole('row').nth(10).waitFor()
    let goOn = (): void => undefined
    const held = new Promise<void>((done) => {
      goOn = done
    })
    await page.route('**/users-exports/preview', async (route) => {
      await held
      await route.continue()
    })
    await chooseField(page, 'email')
    await preview(page).locator('[aria-busy=true]').waitFor()
    assert.ok((await previewHeadings(page)).length > 1)
    assert.equal(await preview(page).getByRole('row').count(), 11)
    goOn()
    await expect.poll(() => previewHeadings(page)).toEqual(['email'])
  })

  test('an error of the query is shown at the query, with the character and the server’s words', async () => {
    const { page } = await openNewExport(browser, server)
    await page.getByText('Verified email address only').click()
    await page.getByLabel('Query').fill('name:jane AND created_at:yesterday')
    await page.getByText(/^At character 26: expected a date such as 2017/).waitFor()
    assert.equal(await page.getByRole('button', { name: 'Export users' }).isDisabled(), true)
    assert.equal(await page.getByLabel('Query').getAttribute('aria-invalid'), 'true')
    await page.getByLabel('Query').fill('name:jane) OR (name:joan')
    await page.getByText('A parenthesis, a quote or a backslash at the end of the query is open.').waitFor()
    await page.getByLabel('Query').fill('')
    await page.getByRole('button', { name: `Export ${VERIFIED} users` }).waitFor()
  })

  test('an example and the dates of the form fill the filter', async () => {
    const { page } = await openNewExport(browser, server)
    await page.getByText('Examples', { exact: true }).click()
    await page.getByRole('button', { name: 'Use the example app_metadata.plan:gold' }).click()
    await page.getByRole('button', { name: `Export ${USERS / 3} users` }).waitFor()
    const today = new Date().toISOString().slice(0, 10)
    await page.getByLabel('Created from').fill(today)
    await page.getByLabel('Created to').fill('2000-01-01')
    await page.getByText('No user matches these choices.').first().waitFor()
    await page.getByLabel('Created to').fill(today)
    await page.getByRole('button', { name: `Export ${USERS / 3} users` }).waitFor()
    const curl = await page.getByRole('region', { name: 'Copy as' }).locator('pre').textContent()
    assert.ok(
      curl?.includes(`(app_metadata.plan:gold) AND created_at:>=${today} AND created_at:<=${today}`),
      curl ?? '',
    )
  })

  test('the options of CSV change the first rows', async () => {
    const { page } = await openNewExport(browser, server, {
      draft: { fields: [{ name: 'email' }, { name: 'app_metadata.plan' }], limit: 1 },
    })
    await page.getByText('Dangerous texts only').click()
    await page.getByText('Semicolon', { exact: true }).click()
    await page.getByText('CR LF', { exact: true }).click()
    await page.getByText('Byte order mark', { exact: false }).click()
    await expect
      .poll(() => previewText(page))
      .toBe('\uFEFF"email";"app_metadata.plan"\r\n"user0@example.com";"gold"\r\n')
    await page.getByText('First line with the headings').click()
    await expect.poll(() => previewText(page)).toBe('\uFEFF"user0@example.com";"gold"\r\n')
    await page.getByText('NDJSON', { exact: true }).click()
    await expect
      .poll(() => preview(page).locator('pre').textContent())
      .toBe('{"email":"user0@example.com","app_metadata.plan":"gold"}\n')
  })

  test('one choice sets the options of CSV for the program that reads the file', async () => {
    const { page } = await openNewExport(browser, server, {
      draft: { fields: [{ name: 'email' }], limit: 1 },
    })
    const reader = page.getByRole('button', { name: /What reads the file/ })
    await expect.poll(() => reader.textContent()).toContain('Programs for Auth0')
    await reader.click()
    await page.getByRole('option', { name: 'Excel', exact: true }).click()
    await expect.poll(() => previewText(page)).toBe('\uFEFF"email"\n"user0@example.com"\n')
    await page.getByText('CR LF', { exact: true }).click()
    await expect.poll(() => reader.textContent()).toContain('Own options')
    await expect.poll(() => previewText(page)).toBe('\uFEFF"email"\r\n"user0@example.com"\r\n')
  })

  test('two presses on the button make one job', async () => {
    const { page } = await openNewExport(browser, server)
    const before = await countJobs()
    await page.getByRole('button', { name: `Export ${USERS} users` }).dblclick()
    await page.waitForURL(/#\/jobs\/job_/)
    assert.equal(await countJobs(), before + 1)
  })

  test('a press after a lost answer finds the job that the first press made', async () => {
    const { page, faults } = await openNewExport(browser, server)
    const before = await countJobs()
    await page.getByRole('button', { name: `Export ${USERS} users` }).waitFor()
    let isLost = true
    await page.route('**/users-exports', async (route) => {
      if (!isLost) return route.continue()
      isLost = false
      await route.fetch()
      return route.abort()
    })
    await page.getByRole('button', { name: `Export ${USERS} users` }).click()
    await page.getByText('The export was not started').waitFor()
    await exportUsers(page, USERS)
    assert.equal(await countJobs(), before + 1)
    faults.length = 0
  })

  test('a reload keeps the choices, and another page can hand over a request', async () => {
    const { page } = await openNewExport(browser, server)
    await chooseField(page, 'email')
    await page.getByLabel('Heading of email').fill('Mail')
    await page.getByLabel('Query').fill('email_verified:true')
    await page.getByText('Without blocked users').click()
    await page.getByRole('button', { name: `Export ${VERIFIED} users` }).waitFor()
    await page.reload()
    await page.getByRole('button', { name: `Export ${VERIFIED} users` }).waitFor()
    assert.deepEqual(await columnsIn(page), ['email'])
    assert.equal(await page.getByLabel('Heading of email').inputValue(), 'Mail')
    assert.equal(await page.getByLabel('Query').inputValue(), 'email_verified:true')
    assert.equal(await page.getByRole('checkbox', { name: 'Without blocked users' }).isChecked(), true)
    await exportUsers(page, VERIFIED)
    await page.goto(`${server.url}/#/`)
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    await page.evaluate(() =>
      sessionStorage.setItem('muster.export.draft', '{"format":"json","limit":2,"sort":"email:-1"}'),
    )
    await page.goto(`${server.url}/#/export`)
    await page.getByRole('button', { name: 'Export 2 users' }).waitFor()
    assert.equal(await page.getByRole('radio', { name: 'NDJSON' }).isChecked(), true)
  })

  test('starting over removes all choices, and one more press brings them back', async () => {
    const { page } = await openNewExport(browser, server, { draft: { format: 'json', limit: 2 } })
    await page.getByRole('button', { name: 'Export 2 users' }).waitFor()
    await page.getByRole('button', { name: 'Start over' }).click()
    await page.getByRole('button', { name: `Export ${USERS} users` }).waitFor()
    await page.getByRole('button', { name: 'Bring the choices back' }).click()
    await page.getByRole('button', { name: 'Export 2 users' }).waitFor()
    assert.equal(await page.getByRole('radio', { name: 'NDJSON' }).isChecked(), true)
    await page.getByRole('button', { name: 'Start over' }).click()
    await page.getByLabel('Limit').fill('1')
    await page.getByRole('button', { name: 'Start over' }).waitFor()
  })

  test('a token that ends in the middle asks to sign in, and the choices stay', async () => {
    const { page } = await openNewExport(browser, server)
    await chooseField(page, 'email')
    await page.getByRole('button', { name: `Export ${USERS} users` }).waitFor()
    await page.route('**/users-exports/count', (route) =>
      route.fulfill({ status: 401, json: { message: 'Expired token', errorCode: 'invalid_token' } }),
    )
    await page.getByLabel('Limit').fill('7')
    await page.getByRole('heading', { name: 'Sign in again' }).waitFor()
    await page.unroute('**/users-exports/count')
    await page.getByLabel('Client ID').fill(CLIENT.id)
    await page.getByLabel('Client secret').fill(CLIENT.secret)
    await page.getByRole('dialog').getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    assert.deepEqual(await columnsIn(page), ['email'])
    assert.equal(await page.getByLabel('Limit').inputValue(), '7')
    await exportUsers(page, 7)
  })

  test('a whole export works with the keyboard alone: fields, a new order, a heading, the button', async () => {
    const { page } = await openPage(browser, server.url, { at: '/export' })
    await page.getByLabel('Client ID').waitFor()
    await tabTo(page, 'Client ID')
    await page.keyboard.type(CLIENT.id)
    await tabTo(page, 'Client secret')
    await page.keyboard.type(CLIENT.secret)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: `Export ${USERS} users` }).waitFor()
    await tabTo(page, 'Search fields')
    await page.keyboard.type('email')
    await page.getByRole('treegrid').getByRole('row', { name: 'email_verified', exact: true }).waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Space')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Space')
    await expect.poll(() => columnsIn(page)).toEqual(['email', 'email_verified'])
    await page.keyboard.press('Tab')
    await tabTo(page, 'email')
    await page.keyboard.press('ArrowDown')
    await tabTo(page, 'Heading of email_verified')
    await page.keyboard.type('is ok')
    await page.keyboard.press('Alt+ArrowUp')
    await expect.poll(() => columnsIn(page)).toEqual(['email_verified', 'email'])
    await page.keyboard.type('?')
    assert.equal(await page.getByLabel('Heading of email_verified').inputValue(), 'is ok?')
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('ArrowDown')
    await tabTo(page, 'Move email')
    await page.keyboard.press('Enter')
    // The places where the column can go take the focus one after the other.
    const place = page.getByRole('button', { name: 'Insert before email_verified' })
    await place.waitFor({ state: 'attached' })
    await expect
      .poll(async () => {
        if (await isFocused(place)) return true
        await page.keyboard.press('ArrowUp')
        return isFocused(place)
      })
      .toBe(true)
    await page.keyboard.press('Enter')
    await expect.poll(() => columnsIn(page)).toEqual(['email', 'email_verified'])
    await tabTo(page, 'Query')
    await page.keyboard.type('email_verified:true')
    await page.getByRole('button', { name: `Export ${VERIFIED} users` }).waitFor()
    await tabTo(page, `Export ${VERIFIED} users`)
    await page.keyboard.press('Enter')
    await page.waitForURL(/#\/jobs\/job_/)
    await page.getByRole('button', { name: 'Download', exact: true }).waitFor()
    await tabTo(page, 'Download')
    const coming = page.waitForEvent('download')
    await page.keyboard.press('Enter')
    assert.equal(await (await coming).failure(), null)
  })
})

function isFocused(what: Locator): Promise<boolean> {
  return what.evaluate((element) => element === document.activeElement)
}

/** Presses Tab until the focus is on what has this label. */
async function tabTo(page: Page, label: string): Promise<void> {
  const seen: string[] = []
  for (let presses = 0; presses < 120; presses++) {
    const name = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement | null
      if (element === null) return ''
      const ids = element.getAttribute('aria-labelledby')?.split(' ') ?? []
      const named = ids.map((id) => document.getElementById(id)?.textContent ?? '').join(' ')
      const { labels } = element as HTMLInputElement
      const own = element.tagName === 'BUTTON' ? (element.textContent ?? '') : ''
      return element.getAttribute('aria-label') ?? (named || (labels?.[0]?.textContent ?? own))
    })
    if (name.trim() === label) return
    seen.push(name.trim())
    await page.keyboard.press('Tab')
  }
  assert.fail(`Tab never came to ${label}, but to: ${seen.join(' | ')}`)
}
