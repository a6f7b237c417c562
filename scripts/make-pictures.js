// Makes the pictures of the console in docs/images: each page in light and dark, on a wide screen and on a phone.
//   npm run pictures [-- NAME…]
import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { withConsole } from './with-console.js'

const FOLDER = join(import.meta.dirname, '..', 'docs', 'images')
const SIZES = { wide: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } }
const THEMES = /** @type {const} */ (['light', 'dark'])
// A page that still loads would make a picture of grey lines.
const SETTLED = '[aria-busy="true"]'

const DRAFT = {
  format: 'csv',
  fields: [
    { name: 'email' },
    { name: 'name', export_as: 'full name' },
    { name: 'user_metadata.consent.given', export_as: 'consent' },
    { name: 'last_login' },
  ],
  q: 'last_login:[2025 TO *]',
}

/** @type {Record<string, (page: import('playwright-core').Page, url: string) => Promise<void>>} */
const PAGES = {
  overview: (page, url) => open(page, `${url}/#/`, 'Overview'),
  'new-export': async (page, url) => {
    // What a person would have chosen by now.
    await page.evaluate(
      (draft) => sessionStorage.setItem('muster.export.draft', draft),
      JSON.stringify(DRAFT),
    )
    await open(page, `${url}/#/export`, 'New export')
    await page.getByRole('button', { name: /^Export / }).waitFor()
  },
  jobs: (page, url) => open(page, `${url}/#/jobs`, 'Jobs'),
  job: async (page, url) => {
    await open(page, `${url}/#/jobs`, 'Jobs')
    await page.locator('main a[href*="#/jobs/job_"]').first().click()
    await page.locator('main h1').waitFor()
  },
  import: (page, url) => open(page, `${url}/#/import`, 'Import'),
  users: (page, url) => open(page, `${url}/#/users`, 'Users'),
  user: async (page, url) => {
    await open(page, `${url}/#/users`, 'Users')
    await page.locator('main a[href*="#/users/"]').first().click()
    await page.locator('main h1').waitFor()
  },
}

async function open(page, address, heading) {
  await page.goto(address)
  await page.getByRole('heading', { level: 1, name: heading }).waitFor()
}

async function take(page, name) {
  await page.waitForFunction((busy) => document.querySelector(busy) === null, SETTLED)
  await page.waitForLoadState('networkidle')
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))))
  const path = join(FOLDER, `console-${name}.png`)
  await page.screenshot({ path })
  process.stdout.write(`${path} ${Math.round(statSync(path).size / 1000)} KB\n`)
}

const wanted = process.argv.slice(2)
mkdirSync(FOLDER, { recursive: true })
await withConsole(async ({ browser, url, signIn }) => {
  for (const [size, viewport] of Object.entries(SIZES))
    for (const colorScheme of THEMES) {
      const context = await browser.newContext({
        viewport,
        colorScheme,
        reducedMotion: 'reduce',
        locale: 'en-GB',
      })
      const page = await context.newPage()
      const shown = (name) => wanted.length === 0 || wanted.includes(name)
      if (shown('sign-in')) {
        await open(page, url, 'Sign in to Muster')
        await take(page, `sign-in-${size}-${colorScheme}`)
      }
      await signIn(page)
      for (const [name, go] of Object.entries(PAGES)) {
        if (!shown(name)) continue
        await go(page, url)
        await take(page, `${name}-${size}-${colorScheme}`)
      }
      await context.close()
    }
})
