import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asSdk } from '../../console/src/pages/new-export/copy-as.ts'
import { textCell } from '../../console/src/pages/new-export/csv-cell.ts'
import { type Api, discard, type Server, startServer } from '../acceptance/harness.ts'
import { CLIENT } from '../acceptance/start-process.ts'
import { axeComplaints, HAS_BROWSER, startBrowser } from './browser.ts'
import {
  addUsers,
  chooseField,
  columnsIn,
  MARKUP,
  openNewExport,
  preview,
  previewHeadings,
  USERS,
} from './new-export-world.ts'
import { newClient } from './tenant.ts'

const run = promisify(execFile)
const ROOT = resolve(import.meta.dirname, '../..')

describe.skipIf(!HAS_BROWSER)('fields and states of a new export in the console', () => {
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

  const tree = (page: Page) => page.getByRole('treegrid', { name: 'Fields that users have' })

  test('the tree shows the fields that users really have, with type, share and an example', async () => {
    const { page } = await openNewExport(browser, server)
    await page.getByLabel('Search fields').fill('consent')
    const row = tree(page).getByRole('row', { name: 'user_metadata.consent.given', exact: true })
    await expect.poll(() => row.textContent()).toMatch(/given.*yes or no.*(true|false).*100%/)
    await page.getByText(`all ${USERS} users were looked at.`).waitFor()
    await page.getByRole('button', { name: 'Add all fields in user_metadata.consent' }).click()
    await expect
      .poll(async () => [...(await columnsIn(page))].sort())
      .toEqual(['user_metadata.consent.date', 'user_metadata.consent.given'])
    await row.click()
    await expect.poll(() => columnsIn(page)).toEqual(['user_metadata.consent.date'])
    await page.getByLabel('Search fields').fill('no such field')
    await page.getByText('No field has “no such field” in its name.').waitFor()
  })

  test('a heading of spaces is the name of the field, and a query that cannot be read is found on a phone', async () => {
    const { page } = await openNewExport(browser, server, {
      draft: { fields: [{ name: 'email' }] },
    })
    const heading = page.getByLabel('Heading of email')
    await heading.fill('   ')
    await heading.blur()
    await expect.poll(() => heading.inputValue()).toBe('')
    await expect.poll(() => previewHeadings(page)).toEqual(['email'])
    await page.setViewportSize({ width: 390, height: 844 })
    const query = page.getByLabel('Query', { exact: true })
    await query.fill('name:jane AND')
    await page.getByText('At character 14: expected a value before the end').waitFor()
    await page.evaluate(() => scrollTo(0, 0))
    await page.getByRole('button', { name: 'Show what to correct' }).click()
    await expect.poll(() => query.evaluate((field) => field === document.activeElement)).toBe(true)
  })

  test('columns are moved with the mouse, removed, and replaced by the server’s own fields', async () => {
    const { page } = await openNewExport(browser, server, {
      draft: { fields: [{ name: 'email' }, { name: 'name' }, { name: 'user_id' }] },
    })
    await expect.poll(() => columnsIn(page)).toEqual(['email', 'name', 'user_id'])
    const row = (name: string) =>
      page.getByRole('grid', { name: 'Columns of the file' }).getByRole('row', { name, exact: true })
    await row('user_id').dragTo(row('email'), {
      sourcePosition: { x: 16, y: 20 },
      targetPosition: { x: 40, y: 3 },
    })
    await expect.poll(() => columnsIn(page)).toEqual(['user_id', 'email', 'name'])
    await page.getByRole('button', { name: 'Remove email' }).click()
    await expect.poll(() => previewHeadings(page)).toEqual(['user_id', 'name'])
    await page.getByRole('button', { name: 'Default fields', exact: true }).click()
    await page.getByRole('button', { name: 'Edit the default fields' }).click()
    const names = await columnsIn(page)
    assert.ok(names.includes('identities[0].connection') && names.length > 10, names.join())
    await expect.poll(() => previewHeadings(page)).toEqual(names)
  })

  test('a preset keeps columns over a reload, and is deleted', async () => {
    const { page } = await openNewExport(browser, server, {
      draft: { fields: [{ name: 'email', export_as: 'Mail' }, { name: 'name' }] },
    })
    await page.getByRole('button', { name: 'Presets' }).click()
    await page.getByLabel('Name of the new preset').fill('Newsletter')
    await page.getByRole('button', { name: 'Save these columns' }).click()
    await page.getByRole('button', { name: 'Load Newsletter' }).waitFor()
    await page.getByRole('button', { name: 'Close' }).click()
    await page.getByRole('button', { name: 'Start over' }).click()
    await page.reload()
    await page.getByRole('button', { name: 'Presets' }).click()
    await page.getByRole('button', { name: 'Load Newsletter' }).click()
    await expect.poll(() => columnsIn(page)).toEqual(['email', 'name'])
    assert.equal(await page.getByLabel('Heading of email').inputValue(), 'Mail')
    await page.getByRole('button', { name: 'Presets' }).click()
    await page.getByRole('button', { name: 'Delete Newsletter' }).click()
    await page.getByText('No presets yet.').waitFor()
  })

  test('a field that no user has is marked, and so are two columns with one heading', async () => {
    const { page } = await openNewExport(browser, server)
    await chooseField(page, 'email')
    await page.getByLabel('Add a field by hand').fill('app_metadata.gone')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByText('No user has app_metadata.gone. The column will be empty.').waitFor()
    await page.getByLabel('Heading of app_metadata.gone').fill('email')
    await page
      .getByText(
        'Two columns have the heading “email”. Many programs then read only one of them. Rename one.',
      )
      .waitFor()
  })

  test('a field is marked as empty for the users whom the filter finds, and not for all', async () => {
    const fields = [{ name: 'email' }, { name: 'user_metadata.biography' }]
    const { page } = await openNewExport(browser, server, { draft: { fields, q: 'email:user0@example.com' } })
    const note = page.getByText('No user that the filter finds has user_metadata.biography.')
    await note.waitFor()
    await page.getByLabel('Query').fill('email:user1@example.com')
    await page.getByRole('button', { name: 'Export 1 user', exact: true }).waitFor()
    await note.waitFor({ state: 'detached' })
  })

  test('an export of changes keeps the choice not to name deleted users, and an export of all users drops the choice', async () => {
    const since = new Date().toISOString()
    const draft = { format: 'json', since, deletions: 'ignore' }
    const { page } = await openNewExport(browser, server, { draft })
    const choice = page.getByRole('checkbox', { name: 'Do not name deleted users in the file' })
    assert.equal(await choice.isChecked(), true)
    const copied = page.getByRole('region', { name: 'Copy as' }).locator('pre')
    await expect.poll(() => copied.textContent()).toContain('"deletions":"ignore"')
    await page.getByRole('button', { name: 'Remove this' }).click()
    await expect.poll(() => copied.textContent()).not.toContain('deletions')
  })

  test('a name that is no path is refused at its column', async () => {
    const { page } = await openNewExport(browser, server)
    await page.getByLabel('Add a field by hand').fill('app_metadata..x')
    await page.keyboard.press('Enter')
    await page.getByText(/Not a path such as a\.b\[0\]\.c/).waitFor()
    await page.getByRole('button', { name: 'Remove app_metadata..x' }).click()
    await page.getByRole('button', { name: `Export ${USERS} users` }).waitFor()
  })

  test('a 31st column of CSV brings a warning, and NDJSON takes 31', async () => {
    const fields = Array.from({ length: 30 }, (_, n) => ({ name: `app_metadata.n${n}` }))
    const { page } = await openNewExport(browser, server, { draft: { fields } })
    await page.getByRole('button', { name: `Export ${USERS} users` }).waitFor()
    await page.getByLabel('Add a field by hand').fill('email')
    await page.keyboard.press('Enter')
    await page.getByText('31 columns, but a CSV file takes at most 30 fields, as at Auth0.').waitFor()
    await page.getByRole('button', { name: 'Switch to NDJSON' }).click()
    await expect
      .poll(() => preview(page).locator('pre').textContent())
      .toContain('{"email":"user0@example.com"}')
    await page.getByRole('button', { name: `Export ${USERS} users` }).waitFor()
    await page.getByText('CSV', { exact: true }).first().click()
    await page.getByRole('button', { name: 'Let all metadata become columns' }).click()
    await expect.poll(() => previewHeadings(page)).toContain('app_metadata.plan')
  })

  test('profile texts that look like markup, formulas or other directions are shown as text', async () => {
    const { page } = await openNewExport(browser, server, {
      draft: { fields: [{ name: 'name' }, { name: 'user_metadata.biography' }] },
    })
    const cells = preview(page).getByRole('cell')
    await expect.poll(() => cells.allTextContents()).toHaveLength(20)
    const texts = await cells.allTextContents()
    assert.equal(texts[0], `'${MARKUP}`)
    assert.ok(texts[3]?.includes('Show all (10 KB)'), texts[3])
    assert.equal(await page.locator('img').count(), 0)
    await page.getByLabel('Search fields').fill('<b>')
    await tree(page).getByRole('row', { name: 'user_metadata.<b>0</b>', exact: true }).waitFor()
  })

  test('the example of the guard is what the server writes', async () => {
    for (const guard of ['auth0', 'formula', 'none'] as const) {
      const answer = await api.post('jobs/users-exports/preview', {
        fields: [{ name: 'name' }],
        csv: { guard, header: false },
      })
      const { text } = (await answer.json()) as { text: string }
      for (const name of ['=1+1', '@x;=2', "'", 'two\nlines', '"quoted", ; and\ttab'])
        assert.ok(text.includes(`${textCell(name, guard)}\n`), `${guard}: ${textCell(name, guard)}`)
    }
  })

  test('the copied curl line and the copied muster command make the same file', async () => {
    const draft = {
      fields: [{ name: 'email', export_as: `it's "$HOME"` }, { name: 'user_metadata.consent.given' }],
      q: `name:"User 9" OR name:"User 8"`,
      csv: { delimiter: '\t', guard: 'formula' },
    }
    const { page } = await openNewExport(browser, server, { draft })
    await page.getByRole('button', { name: 'Export 2 users' }).waitFor()
    const copied = page.getByRole('region', { name: 'Copy as' })
    const curl = (await copied.locator('pre').textContent()) ?? ''
    await copied.getByText('muster', { exact: true }).click()
    const command = (await copied.locator('pre').textContent()) ?? ''
    const folder = mkdtempSync(join(tmpdir(), 'muster-copied-'))
    const env = {
      PATH: process.env['PATH'],
      HOME: folder,
      MUSTER_URL: server.url,
      TOKEN: api.headers['authorization']?.slice('Bearer '.length),
    }
    const sh = (script: string) => run('sh', ['-euc', script], { env, cwd: folder })
    const job = JSON.parse((await sh(curl)).stdout) as { id: string }
    const { location } = await api.job(job.id, 'completed')
    const byCurl = gunzipSync(Buffer.from(await (await fetch(String(location))).arrayBuffer())).toString()
    await sh(`muster() { '${process.execPath}' '${join(ROOT, 'dist/main.js')}' "$@"; }\n${command}`)
    const [file = ''] = readdirSync(folder).filter((name) => name.endsWith('.csv.gz'))
    const byCommand = gunzipSync(readFileSync(join(folder, file))).toString()
    rmSync(folder, { recursive: true })
    assert.equal(byCommand, byCurl)
    assert.match(
      byCurl,
      /^"it's ""\$HOME"""\t"user_metadata.consent.given"\n"user8@example.com"\ttrue\n.*user9/,
    )
  })

  test('three hundred fields of metadata are searched and scrolled without rendering all of them', async () => {
    const wide = Object.fromEntries(Array.from({ length: 400 }, (_, n) => [`feature_${n}`, true]))
    const added = await api.post('users', {
      connection: 'Username-Password-Authentication',
      email: 'wide@example.com',
      password: 'a-long-enough-Passw0rd',
      app_metadata: wide,
    })
    const { user_id: id } = (await added.json()) as { user_id: string }
    const { page } = await openNewExport(browser, server)
    await page.getByText(/^Users have 4\d\d fields/).waitFor()
    assert.ok((await tree(page).getByRole('row').count()) < 60)
    await page.getByLabel('Search fields').fill('feature_399')
    await tree(page).getByRole('row', { name: 'app_metadata.feature_399', exact: true }).click()
    await expect.poll(() => columnsIn(page)).toEqual(['app_metadata.feature_399'])
    await fetch(`${server.url}/api/v2/users/${encodeURIComponent(id)}`, {
      method: 'DELETE',
      headers: api.headers,
    })
  })

  test('a client without read:users reads what is missing, and one without read:connections types an id', async () => {
    const importer = await newClient(api, server.url, ['create:users'])
    const without = await openNewExport(browser, server, { client: importer })
    await without.page.getByText(/needs the scope read:users/).waitFor()
    const reader = await newClient(api, server.url, ['read:users'])
    const { page } = await openNewExport(browser, server, { client: reader })
    await page.getByRole('button', { name: `Export ${USERS} users` }).waitFor()
    await page.getByLabel('Connection ID').fill('con_0000000000000000')
    await preview(page).getByText('The connection does not exist').waitFor()
  })

  test('axe finds nothing serious on the page for a new export, in both themes, wide and on a phone', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const viewport of [
        { width: 1440, height: 1000 },
        { width: 390, height: 844 },
      ]) {
        const { page } = await openNewExport(browser, server, {
          colorScheme,
          viewport,
          draft: {
            fields: [{ name: 'email' }, { name: 'app_metadata.gone' }],
            q: 'name:jo*',
            sort: 'email:1',
          },
        })
        await page.getByText('No user matches, so the file has no rows.').waitFor()
        await page.getByText('Examples', { exact: true }).click()
        // React Aria reads the end of signing in aloud by an element that it removes after seven seconds.
        await page.locator('[role=log] [role=img]').waitFor({ state: 'detached' })
        assert.deepEqual(await axeComplaints(page), [], `${colorScheme} ${viewport.width}`)
        const width = await page.evaluate(() => document.documentElement.scrollWidth)
        assert.ok(width <= viewport.width, `${width} of ${viewport.width}`)
        assert.ok(await page.getByRole('button', { name: 'Export 0 users' }).isVisible())
      }
    }
  })

  test('the fields stay usable by hand where the server cannot list them', async () => {
    const { page } = await openNewExport(browser, server, {})
    await page.route('**/user-fields*', (route) =>
      route.fulfill({ status: 400, json: { message: 'no list today' } }),
    )
    await page.reload()
    await page.getByText('no list today').waitFor()
    await page.getByLabel('Add a field by hand').fill('email')
    await page.keyboard.press('Enter')
    await expect.poll(() => previewHeadings(page)).toEqual(['email'])
  })
})

test.skipIf(!HAS_BROWSER)('the copied text for Auth0’s SDK makes a job over https', async () => {
  const server = await startServer({ args: ['--tls-self-signed'] })
  // Next to the packages, so that the text finds the one that it imports.
  const file = join(ROOT, `node_modules/.copied-${process.pid}.mjs`)
  const fields = [{ name: 'email', export_as: 'mail' }]
  try {
    writeFileSync(file, asSdk({ format: 'csv', fields, q: 'name:jo*' }))
    const env = {
      ...process.env,
      NODE_EXTRA_CA_CERTS: server.caPath,
      MUSTER_URL: server.url,
      COPIED: file,
      CLIENT_ID: CLIENT.id,
      CLIENT_SECRET: CLIENT.secret,
    }
    // Node reads the certificate when it starts, so all that speaks with the server is in a process of its own.
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', AROUND], { env })
    const [printed, job] = stdout.trim().split('\n')
    assert.match(printed ?? '', /^job_\w+$/)
    const { id, q, ...rest } = JSON.parse(job ?? '') as Record<string, unknown>
    assert.deepEqual([id, q, rest['fields']], [printed, 'name:jo*', fields])
  } finally {
    rmSync(file, { force: true })
    await discard(server)
  }
})

// Gets a token, runs the copied text, and prints the newest job.
const AROUND = `
const { MUSTER_URL, CLIENT_ID, CLIENT_SECRET, COPIED } = process.env
const body = { grant_type: 'client_credentials', client_id: CLIENT_ID, client_secret: CLIENT_SECRET, audience: MUSTER_URL + '/api/v2/' }
const asked = await fetch(MUSTER_URL + '/oauth/token', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
process.env.TOKEN = (await asked.json()).access_token
await import(COPIED)
const headers = { authorization: 'Bearer ' + process.env.TOKEN }
const { jobs } = await (await fetch(MUSTER_URL + '/api/v2/jobs?take=1', { headers })).json()
console.log(JSON.stringify(jobs[0]))`
