import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, test } from 'vitest'
import {
  type Api,
  apiOf,
  discard,
  firstConnectionId,
  HAS_POSTGRES,
  importMany,
  newDatabaseOn,
  type Server,
  startServer,
} from '../acceptance/harness.ts'
import { CLIENT, newFolder } from '../acceptance/start-process.ts'
import { HAS_BROWSER, openPage, signIn, startBrowser } from './browser.ts'
import { openNewExport } from './new-export-world.ts'

const MEMBERS = 12
const AWAY = { MUSTER_SOURCE_AWAY_URL: 'postgres://reader:hidden@127.0.0.1:1/none' }

describe.skipIf(!HAS_BROWSER || !HAS_POSTGRES)('the console with sources', () => {
  let server: Server
  let browser: Browser
  let api: Api
  let shop: Awaited<ReturnType<typeof newShop>>
  beforeAll(async () => {
    shop = await newShop()
    ;[server, browser] = await Promise.all([startServer({ env: { ...shop.env, ...AWAY } }), startBrowser()])
    api = await apiOf(server)
    await importMany(api, await firstConnectionId(api), [{ email: 'own@example.com' }])
  })
  afterAll(async () => {
    await browser?.close()
    await discard(server)
    await shop?.stop()
  })

  test('the overview says which source cannot be reached, and what to do', async () => {
    const { page } = await openPage(browser, server.url)
    await signIn(page, CLIENT)
    const users = page.getByRole('region', { name: 'Users', exact: true })
    await users.getByText('The source away cannot be reached').waitFor()
    await users.getByText('Ask the operator to look whether its database runs').waitFor()
    const line = users.getByRole('listitem').filter({ hasText: 'shop' })
    await line.getByText(String(MEMBERS), { exact: true }).waitFor()
    await line.getByText('source', { exact: true }).waitFor()
  })

  test('an export of a source says at the control what the source cannot do, before anything is sent', async () => {
    const { page } = await openNewExport(browser, server)
    await page.getByText('The source away cannot be reached').waitFor()
    await page.getByRole('button', { name: /Connection/ }).click()
    await page.getByRole('option', { name: 'away (source, cannot be reached)' }).waitFor()
    await page.getByRole('option', { name: 'shop (source)' }).click()
    await page.getByText('The source away cannot be reached').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: `Export ${MEMBERS} users` }).waitFor()
    await page.getByRole('button', { name: /Order/ }).click()
    await page.getByRole('option', { name: 'Number of logins' }).click()
    await page.getByText('The users of the source shop have no logins_count; they can be sorted by').waitFor()
    await page.getByRole('button', { name: 'Number of logins' }).click()
    await page.getByRole('option', { name: 'Email address' }).click()
    await page.getByRole('button', { name: `Export ${MEMBERS} users` }).waitFor()
  })

  test('an export of changes of a source without a column for changes is refused at its notice', async () => {
    const connections = (await (await api.get('connections?name=shop')).json()) as { id: string }[]
    const draft = { connection_id: connections[0]?.id, format: 'json', since: '2026-01-01T00:00:00Z' }
    const { page } = await openNewExport(browser, server, { draft })
    await page.getByText('The deleted users of a source are not known').waitFor()
    await page.getByText('Do not name deleted users in the file').click()
    await page.getByText('has no column that shows when a user was changed').waitFor()
    await page.getByRole('button', { name: 'Remove this' }).click()
    await page.getByRole('button', { name: `Export ${MEMBERS} users` }).waitFor()
  })

  test('an import offers no source, since Muster only reads its users', async () => {
    const { page } = await openPage(browser, server.url, { at: '/import' })
    await signIn(page, CLIENT)
    await page.locator('input[type=file]').setInputFiles({
      name: 'users.ndjson',
      mimeType: 'application/x-ndjson',
      buffer: Buffer.from('{"email":"new@example.com"}\n'),
    })
    // The only other connection is chosen.
    await page.getByRole('button', { name: /^Username-Password-Authentication/ }).click()
    await page.getByRole('option', { name: 'Username-Password-Authentication' }).waitFor()
    if ((await page.getByRole('option', { name: 'shop' }).count()) > 0) throw new Error('shop is offered')
  })
})

/** A database of another product without a time of changes, and the variables that make it the source `shop`. */
async function newShop() {
  const made = await newDatabaseOn('postgres')
  if (made === undefined) throw new Error('this run has no PostgreSQL')
  const client = new pg.Client({ connectionString: made.url })
  await client.connect()
  await client.query(
    `create table member (id bigint primary key, mail text);
     insert into member select n, 'member' || n || '@example.com' from generate_series(1, ${MEMBERS}) as n`,
  )
  await client.end()
  const file = join(newFolder(), 'shop.sql')
  writeFileSync(file, 'select id, mail as email from member;\n')
  const env = {
    MUSTER_SOURCE_SHOP_URL: made.url,
    MUSTER_SOURCE_SHOP_QUERY: file,
    MUSTER_SOURCE_SHOP_KEY: 'id',
  }
  return { env, stop: made.stop }
}
