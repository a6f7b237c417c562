import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Api, apiOf, discard, type Server, startServer } from '../acceptance/harness.ts'
import { CLIENT } from '../acceptance/start-process.ts'
import { axeComplaints, HAS_BROWSER, openPage, signIn, startBrowser } from './browser.ts'
import { connectionId, newClient } from './tenant.ts'

const DATABASE = 'Username-Password-Authentication'
const MARKUP = '<img src=x onerror=alert(1)>'

// Lines 2, 4 and 5 are refused.
const MIXED = [
  '{"email":"first@example.com","name":"First"}\r\n',
  '{ "email" : "no address", "name":"مرحبا \u202e <b>",  "user_metadata":{"n":1.50} }\n',
  '\n',
  'this is no JSON \u001b[31m\n',
  `{"name":${JSON.stringify(MARKUP)},"user_metadata":{"long":"${'x'.repeat(10_000)}"}}\n`,
  '{"email":"last@example.com"}',
].join('')
const REFUSED = MIXED.split('\n')
  .filter((_, at) => [1, 3, 4].includes(at))
  .map((line) => `${line}\n`)
  .join('')

describe.skipIf(!HAS_BROWSER)('an import in the console', () => {
  let server: Server
  let browser: Browser
  let api: Api
  beforeAll(async () => {
    ;[server, browser] = await Promise.all([startServer(), startBrowser()])
    api = await apiOf(server)
    await connectionId(api, 'Customers')
  })
  afterAll(async () => {
    await browser?.close()
    await discard(server)
  })

  async function openImport(options: Parameters<typeof openPage>[2] = {}, client = CLIENT): Promise<Page> {
    const { page } = await openPage(browser, server.url, { at: '/import', ...options })
    page.on('dialog', () => assert.fail('a text of the file ran'))
    await signIn(page, client)
    return page
  }

  async function total(): Promise<number> {
    const found = (await (await api.get('users?per_page=0&include_totals=true')).json()) as { total: number }
    return found.total
  }

  test('a packed CSV file that a person drops is shown, checked, and imported by one more click', async () => {
    const page = await openImport()
    const sent: string[] = []
    page.on('request', (request) => {
      if (request.method() === 'POST') sent.push(new URL(request.url()).search)
    })
    const text =
      '\ufeffemail;name;user_metadata.plan\r\nada@example.com;"Ada; Lovelace";gold\r\nbob@example.com;Bob;\r\n'
    await drop(page, 'users.csv.gz', gzipSync(text))
    await page.getByText('CSV: one user per record').waitFor()
    for (const seen of ['packed by gzip', 'semicolon', 'Yes. It is left out.'])
      await page.getByText(seen).first().waitFor()
    const rows = page.getByRole('region', { name: 'First users' }).getByRole('row')
    assert.deepEqual(await rows.allTextContents(), [
      'emailnameuser_metadata.plan',
      'ada@example.comAda; Lovelacegold',
      'bob@example.comBob',
    ])
    assert.deepEqual(sent, [])
    await chooseConnection(page)
    await page.getByRole('button', { name: 'Check the file' }).click()
    await page.getByText('The check is done. Nothing was stored.').waitFor()
    assert.equal(await total(), 0)
    await page.getByText('No user was refused').waitFor()
    await page.getByRole('button', { name: 'Import 2 users' }).click()
    await page.getByText('The import is done.').waitFor()
    assert.equal(await total(), 2)
    await page.getByRole('link', { name: 'See the users' }).click()
    await page.getByRole('link', { name: 'Ada; Lovelace' }).waitFor()
    const [check, imported] = sent.map((search) => new URLSearchParams(search))
    assert.deepEqual([check?.get('dry_run'), imported?.get('dry_run')], ['true', null])
  })

  for (const width of [1280, 390])
    test(`the first rows of a wide file scroll in their box, ${width} pixels wide, and cells stay readable`, async () => {
      const page = await openImport({ viewport: { width, height: 844 } })
      const user = Object.fromEntries(Array.from({ length: 14 }, (_, at) => [`email_verified_${at}`, true]))
      const text = 'I agree to the terms of service, and to whatever they become later.'
      await choose(page, 'wide.json', JSON.stringify([{ email: 'ada@example.com', ...user, text }]))
      const box = page.getByRole('region', { name: 'First users' })
      assert.ok(await box.evaluate(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth))
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), 0)
      const sizes = (selector: string) =>
        box
          .locator(selector)
          .evaluateAll((cells) => cells.map((cell) => [cell.clientWidth, cell.clientHeight] as const))
      const [heads, cells] = [await sizes('th'), await sizes('td')]
      assert.equal(cells.length, 16)
      assert.ok(
        heads.every(([, height]) => height < 40),
        `headings on one line: ${heads.join(' ')}`,
      )
      assert.ok(
        cells.every(([wide, height]) => wide >= 64 && wide <= 320 && height < 100),
        `cells: ${cells.join(' ')}`,
      )
    })

  test('attributes that an import does not keep are named once, alike on both pages', async () => {
    const page = await openImport()
    const lines = Array.from(
      { length: 300 },
      (_, at) =>
        `{"email":"kept${at}@example.com","created_at":"2020-01-01T00:00:00.000Z","logins_count":7}\n`,
    )
    await choose(page, 'exported.ndjson', lines.join(''))
    await chooseConnection(page)
    await page.getByRole('button', { name: 'Check the file' }).click()
    const note = page.getByRole('status').filter({ hasText: 'of the file are not kept' })
    const names = 'Not kept, with the number of users: created_at (300), logins_count (300).'
    await note.getByText(names).waitFor()
    await note.getByText(/choose “Keep IDs, identities, dates and counters of the file” and check/).waitFor()
    await page.getByText('No user was refused, and nothing else was left out.').waitFor()
    assert.equal(await page.getByText('preserve').count(), 0)
    assert.equal(await page.getByRole('grid').count(), 0)
    assert.equal(await page.getByRole('button', { name: 'Download refused lines' }).count(), 0)
    await page.getByRole('button', { name: 'Import 300 users' }).click()
    await page.getByText('The import is done.').waitFor()
    await note.getByText(names).waitFor()
    const look = await note.getAttribute('class')
    assert.equal(await page.locator('#content').getByRole('link', { name: 'New export' }).count(), 1)
    await page.getByRole('link', { name: 'Open the job' }).click()
    await page.getByRole('heading', { name: 'Result' }).waitFor()
    await note.getByText(names).waitFor()
    assert.equal(await note.getAttribute('class'), look)
    await page.locator('dt', { hasText: 'Partly stored' }).waitFor()
  })

  test('a refused user has a row among users of whom only dates are not kept', async () => {
    const page = await openImport()
    const line = '{"email":"in-part@example.com","created_at":"2020-01-01T00:00:00.000Z"}\n'
    await choose(
      page,
      'both.ndjson',
      `${line}{"email":"no address","created_at":"2020-01-01T00:00:00.000Z"}\n`,
    )
    await chooseConnection(page)
    await page.getByRole('button', { name: 'Check the file' }).click()
    const rows = page.getByRole('grid').getByRole('row')
    await expect.poll(() => rows.count()).toBe(1)
    assert.match((await rows.textContent()) ?? '', /^Line 2/)
    await page.getByText('Not kept, with the number of users: created_at (1).').waitFor()
    await page.getByRole('button', { name: 'Download refused lines' }).waitFor()
  })

  test('a file without users is said to have none before and after the check, which is the only button', async () => {
    const page = await openImport()
    await choose(page, 'orders.json', '[{"order":1},{"order":2}]')
    await page.getByText('This file has no users. Each line or record needs a field such as email.').waitFor()
    await chooseConnection(page)
    assert.equal(await page.getByRole('button', { name: 'Import without a check' }).count(), 0)
    await page.getByRole('button', { name: 'Check the file' }).click()
    await page.getByText('The check found no users').waitFor()
    await expect
      .poll(() => page.locator('dt', { hasText: 'Entries in the file' }).locator('..').textContent())
      .toBe('Entries in the file2')
  })

  test('refused lines come back byte for byte, and their texts are shown as texts', async () => {
    const page = await openImport()
    await choose(page, 'mixed.ndjson', MIXED)
    await chooseConnection(page)
    await page.getByRole('button', { name: 'Check the file' }).click()
    await page.getByText('The check is done').waitFor()
    const rows = page.getByRole('grid').getByRole('row')
    await expect.poll(() => rows.count()).toBe(3)
    assert.match(
      (await rows.nth(0).textContent()) ?? '',
      /^Line 2.*format email: no address.*Refused.*FORMAT/,
    )
    assert.match((await rows.nth(1).textContent()) ?? '', /^Line 4Line 4 is not JSON/)
    await page.getByRole('button', { name: 'Show the entry of line 5' }).click()
    const dialog = page.getByRole('dialog', { name: 'Entry of line 5' })
    assert.ok((await dialog.locator('pre').textContent())?.includes(MARKUP))
    await page.keyboard.press('Escape')
    assert.equal(await page.locator('#content img, #content b').count(), 0)
    const saved = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download refused lines' }).click()
    assert.deepEqual(await fileOf(await saved), { name: 'mixed-refused.ndjson', text: REFUSED })
  })

  test('a JSON array on one line gives back the refused users alone', async () => {
    const page = await openImport()
    const users = [{ email: 'a1@example.com' }, { email: 'bad', name: 'B' }, { email: 'a2@example.com' }]
    await choose(page, 'users.json', JSON.stringify(users))
    await chooseConnection(page)
    await page.getByRole('button', { name: 'Check the file' }).click()
    const saved = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download refused lines' }).click()
    const { text } = await fileOf(await saved)
    assert.deepEqual(JSON.parse(text), [users[1]])
  })

  test('12,000 refused users stay a short document, and the report says that 10,000 of them are listed', async () => {
    const page = await openImport()
    const lines = Array.from({ length: 12_000 }, (_, at) => `{"email":"no address ${at}"}\n`)
    await choose(page, 'many.ndjson', lines.join(''))
    await chooseConnection(page)
    await page.getByRole('button', { name: 'Check the file' }).click()
    await page.getByText('There is nothing to import').waitFor()
    const rows = page.getByRole('grid').getByRole('row')
    await rows.first().waitFor()
    assert.ok((await rows.count()) < 60, `${await rows.count()} rows`)
    const saved = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download refused lines' }).click()
    assert.equal((await fileOf(await saved)).text, lines.slice(0, 10_000).join(''))
    await page.getByText('The report lists 10,000 of 12,000 refused users.').waitFor()
    assert.ok((await rows.count()) < 60, `${await rows.count()} rows`)
  })

  test('a file that is being sent shows its progress and can be stopped, and nothing is imported then', async () => {
    const page = await openImport()
    await choose(page, 'large.ndjson', '{"email":"x@example.com"}\n'.repeat(400_000))
    await chooseConnection(page)
    const line = await page.context().newCDPSession(page)
    const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 300_000 }
    await line.send('Network.emulateNetworkConditions', slow)
    await page.getByRole('button', { name: 'Import without a check' }).click()
    const meter = page.getByRole('progressbar', { name: 'Sending large.ndjson' })
    await meter.waitFor()
    await expect.poll(async () => Number(await meter.getAttribute('aria-valuenow'))).toBeGreaterThan(0)
    await page.getByText(/of 10.4 MB sent/).waitFor()
    const before = await total()
    await page.getByRole('button', { name: 'Stop sending' }).click()
    await page.getByText('Sending was stopped. Nothing was imported.').waitFor()
    const { jobs } = (await (await api.get('jobs?type=users_import&status=pending')).json()) as {
      jobs: unknown[]
    }
    assert.deepEqual([jobs, await total()], [[], before])
  })

  test('a lost answer does not import twice: trying again gets the job of the first time', async () => {
    const page = await openImport()
    await choose(page, 'once.ndjson', '{"email":"once@example.com"}\n')
    await chooseConnection(page)
    await page.route(
      '**/users-imports?*',
      async (route) => {
        await route.fetch()
        await route.abort()
      },
      { times: 1 },
    )
    await page.getByRole('button', { name: 'Import without a check' }).click()
    await page.getByText('The server cannot be reached').waitFor()
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('The import is done.').waitFor()
    await expect
      .poll(() => page.locator('dt', { hasText: 'Added' }).locator('..').textContent())
      .toBe('Added1')
  })

  test('a refusal of the server is shown in its words, and a job that fails says why', async () => {
    const page = await openImport()
    await choose(page, 'list.json', '{"users":[{"email":"a@example.com"}]}')
    await page.getByText('This is one object with a list of users inside.').waitFor()
    await chooseConnection(page)
    await page.getByRole('button', { name: 'Check the file' }).click()
    await page.getByText('The check found no users').waitFor()
    await page.getByText(/one object with a list of users inside: send the list alone/).waitFor()
    await choose(page, 'users.csv', 'a@example.com,A\n')
    await page.getByText('The first line names no attribute of a user').waitFor()
    await page.getByLabel('Columns of a file without a header').fill('["email",5]')
    await page.getByRole('button', { name: 'Check the file' }).click()
    await page.getByText('The file was not taken').waitFor()
    await page.getByText(/Expected a JSON array of texts/).waitFor()
    await page.getByLabel('Columns of a file without a header').fill('email,name')
    await page.getByRole('button', { name: 'Check the file' }).click()
    await page.getByRole('button', { name: 'Import 1 user', exact: true }).waitFor()
  })

  test('a client that may only read learns which scope is missing', async () => {
    const client = await newClient(api, server.url, ['read:users', 'read:connections'])
    const page = await openImport({}, client)
    await page.getByText('This needs the scope create:users').waitFor()
    assert.equal(await page.locator('input[type=file]').count(), 0)
  })

  test('a client without other scopes than create:users names the connection by its id', async () => {
    const client = await newClient(api, server.url, ['create:users'])
    const page = await openImport({}, client)
    await choose(page, 'users.ndjson', '{"email":"by-id@example.com"}\n')
    await page.getByText('This needs the scope update:users_app_metadata').waitFor()
    await page.getByLabel('ID of the connection').fill(await connectionId(api, 'Customers'))
    await page.getByRole('button', { name: 'Check the file' }).click()
    await page.getByRole('button', { name: 'Import 1 user', exact: true }).waitFor()
  })

  test('axe finds nothing serious on any step, in both themes and on a phone', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await openImport({ colorScheme, viewport: { width: 390, height: 844 } })
      await page.getByText('Drop a file of users here').waitFor()
      assert.deepEqual(await axeComplaints(page), [])
      await choose(page, 'mixed.ndjson', MIXED)
      await page.getByText('Where and how').waitFor()
      assert.deepEqual(await axeComplaints(page), [])
      await chooseConnection(page)
      await page.getByRole('button', { name: 'Check the file' }).click()
      await page.getByRole('grid').getByRole('row').first().waitFor()
      assert.deepEqual(await axeComplaints(page), [])
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), 0)
      await page.getByRole('button', { name: 'Show the entry of line 2' }).click()
      await page.getByRole('dialog').waitFor()
      assert.deepEqual(await axeComplaints(page), [])
    }
  })
})

async function choose(page: Page, name: string, text: string): Promise<void> {
  const file = { name, mimeType: 'application/octet-stream', buffer: Buffer.from(text) }
  await page.locator('input[type=file]').setInputFiles(file)
  await page.getByText('Where and how').waitFor()
}

// By the debugger: a page cannot make the event of a real drop.
async function drop(page: Page, name: string, bytes: Buffer): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'muster-drop-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, name)
  writeFileSync(path, bytes)
  const line = await page.context().newCDPSession(page)
  const box = await page.getByText('Drop a file of users here').boundingBox()
  const [x, y] = [(box?.x ?? 0) + 5, (box?.y ?? 0) + 5]
  const data = { items: [], files: [path], dragOperationsMask: 1 }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await line.send('Input.dispatchDragEvent', { type, x, y, data })
}

async function chooseConnection(page: Page): Promise<void> {
  await page.getByRole('button', { name: /Choose a connection/ }).click()
  await page.getByRole('option', { name: DATABASE }).click()
}

async function fileOf(download: { path(): Promise<string>; suggestedFilename(): string }) {
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8') }
}
