import assert from 'node:assert/strict'
import { gunzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, HAS_POSTGRES, type Server } from '../acceptance/harness.ts'
import { CLIENT } from '../acceptance/start-process.ts'
import { HAS_BROWSER, openPage, signIn } from './browser.ts'
import { fileOf, type OnPostgres, runSql, saved, startOnPostgres } from './job-world.ts'
import { chooseField, openNewExport, previewText } from './new-export-world.ts'

const USERS = 100_000
// Every third user has agreed.
const AGREED = 33_333

// An e-mail address is its user's number written backwards, so that the order of ids is no order of addresses.
const ADD_USERS = `insert into muster.users (connection_id, user_id, email, email_verified, name, identities, user_metadata, created_at, updated_at)
  select id, 'auth0|' || lpad(n::text, 6, '0'), reverse(lpad(n::text, 6, '0')) || '@example.com', n % 2 = 0, 'User ' || n, '[]',
    jsonb_build_object('consent', jsonb_build_object('given', n % 3 = 0), 'plan', (array['free', 'team', 'gold'])[1 + n % 3]),
    now(), now()
  from muster.connections, generate_series(1, ${USERS}) as n`

describe.skipIf(!HAS_BROWSER || !HAS_POSTGRES)('the console for a tenant of 100,000 users', () => {
  let database: OnPostgres['database']
  let server: Server
  let api: Api
  let browser: Browser
  let stop: OnPostgres['stop'] | undefined
  beforeAll(async () => {
    ;({ database, server, api, browser, stop } = await startOnPostgres())
    await runSql(database.url, ADD_USERS)
    // What autovacuum would do within a minute.
    await runSql(database.url, 'analyze muster.users')
  })
  afterAll(() => stop?.())

  test('a person filters and sorts 100,000 users, and downloads all of those who match, verified', async () => {
    const { page } = await openNewExport(browser, server)
    await page.getByRole('button', { name: /^Export (about )?100,000 users$/ }).waitFor()
    await page.getByText(/a sample of [\d,]+ of about 100,000 users was looked at/).waitFor()
    await chooseField(page, 'email')
    await chooseField(page, 'user_metadata.plan')
    await page.getByLabel('Heading of user_metadata.plan').fill('plan')
    await page.getByLabel('Query').fill('user_metadata.consent.given:true')
    const send = page.getByRole('button', { name: /^Export (about )?3\d,\d{3} users$/ })
    await send.waitFor()
    await expect.poll(() => previewText(page)).toMatch(/^email,plan\n("'\d{6}@example\.com","'free"\n){10}$/)
    const shown = await previewText(page)
    await send.click()
    await page.waitForURL(/#\/jobs\/job_/)
    const id = page.url().split('/').at(-1) ?? ''
    await page.getByText('The file with 33,333 users is ready.').waitFor()
    await page.getByRole('button', { name: 'Verify in the browser' }).click()
    await page.getByText('Verified: 33,333 users').waitFor()
    const { bytes } = await saved(page, () => page.getByRole('button', { name: 'Save the verified' }).click())
    assert.ok(bytes.equals(await fileOf(api, id)))
    const text = gunzipSync(bytes).toString()
    assert.ok(text.startsWith(shown))
    const [, ...lines] = text.trimEnd().split('\n')
    assert.equal(new Set(lines).size, AGREED)
    assert.ok(lines.every((line) => line.endsWith(`,"'free"`)))
  })

  test('one of 100,000 users is found while a person types, and the list does not hold all of them', async () => {
    const { page } = await openPage(browser, server.url, { at: '/users' })
    await signIn(page, CLIENT)
    await page.getByText(/^(about )?100,000 users found$/i).waitFor()
    assert.ok((await page.getByRole('row').count()) < 100)
    await page.getByLabel('Search', { exact: true }).fill('email:"654320@example.com"')
    await page.getByText('1 user found').waitFor()
    await page.getByRole('link', { name: 'User 23456' }).waitFor()
  })
})
