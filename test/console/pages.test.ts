import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, test } from 'vitest'
import {
  type Api,
  apiOf,
  discard,
  firstConnectionId,
  importMany,
  type Server,
  startServer,
} from '../acceptance/harness.ts'
import { CLIENT } from '../acceptance/start-process.ts'
import { axeComplaints, HAS_BROWSER, openPage, signIn, startBrowser } from './browser.ts'

const MARKUP = '<img src=x onerror="document.title=`owned`"><script>document.title="owned"</script>'
const HOSTILE = [
  {
    email: 'markup@example.com',
    name: MARKUP,
    nickname: '"><b>bold</b>',
    user_metadata: { [MARKUP]: MARKUP },
  },
  {
    email: 'rtl@example.com',
    name: '\u202Eevil\u202C שלום',
    given_name: '\u2067\u2066x',
    user_metadata: { '\u202Ekey': '\u202Evalue' },
  },
  {
    email: 'long@example.com',
    name: 'ä'.repeat(290),
    user_metadata: { text: 'x'.repeat(10_000), deep: [[[[{ a: 1 }]]]] },
  },
  {
    email: 'formula@example.com',
    name: '=HYPERLINK("http://evil.example";"click")',
    user_metadata: { f: '@SUM(1+1)', tab: '\t=1' },
  },
  {
    email: 'url@example.com',
    name: 'javascript:alert(1)',
    picture: 'http://evil.example/pixel.png',
    user_metadata: { site: 'javascript:alert(1)' },
  },
]

describe.skipIf(!HAS_BROWSER)('every page of the console', () => {
  let server: Server
  let browser: Browser
  let api: Api
  let userId: string
  let jobId: string
  let importId: string
  beforeAll(async () => {
    ;[server, browser] = await Promise.all([startServer(), startBrowser()])
    api = await apiOf(server)
    const connectionId = await firstConnectionId(api)
    assert.equal(await importMany(api, connectionId, HOSTILE), HOSTILE.length)
    const wrong = [{ email: `${MARKUP}`, name: MARKUP }]
    const refused = (await (await api.import(connectionId, wrong)).json()) as { id: string }
    importId = String((await api.job(refused.id, 'completed', 'failed'))['id'])
    const fields = [{ name: 'email', export_as: MARKUP }, { name: 'user_metadata.text' }]
    jobId = String((await api.export({ format: 'csv', fields, q: 'name:*' }))['id'])
    const found = (await (await api.get('users?q=email:long@example.com')).json()) as { user_id: string }[]
    userId = found[0]?.user_id ?? ''
  })
  afterAll(async () => {
    await browser?.close()
    await discard(server)
  })

  test('the code of the page and the session are asked for before the frame of the pages is there', async () => {
    const { page } = await openPage(browser, server.url)
    await signIn(page, CLIENT)
    let letFrameCome = () => {}
    const held = new Promise<void>((resolve) => {
      letFrameCome = resolve
    })
    await page.route('**/assets/app-*.js', async (route) => {
      await held
      await route.continue()
    })
    const asked = [page.waitForRequest('**/assets/jobs-*.js'), page.waitForRequest('**/console/session')]
    await page.goto(`${server.url}/#/jobs`)
    const reloaded = page.reload({ waitUntil: 'commit' })
    await Promise.all([...asked, reloaded])
    letFrameCome()
    await page.getByRole('heading', { name: 'Jobs' }).waitFor()
  })

  test('a page whose code cannot be loaded says so without asking again and again, and is loaded at the next visit', async () => {
    const { page, faults } = await openPage(browser, server.url)
    await signIn(page, CLIENT)
    let asked = 0
    let isAway = true
    await page.route('**/assets/users-*.js', (route) => {
      asked += 1
      return isAway ? route.abort() : route.continue()
    })
    const links = page.getByRole('navigation', { name: 'Pages' })
    await links.getByRole('link', { name: 'Users' }).click()
    await page.getByText('This page stopped working').waitFor()
    // One to load it ahead, and one to run it.
    assert.equal(asked, 2)
    assert.ok(faults.splice(0).every((fault) => fault.includes('dynamically imported module')))
    isAway = false
    await links.getByRole('link', { name: 'Jobs' }).click()
    await page.getByRole('heading', { name: 'Jobs', level: 1 }).waitFor()
    await links.getByRole('link', { name: 'Users' }).click()
    await page.getByRole('heading', { name: 'Users', level: 1 }).waitFor()
  })

  const pages = (): readonly string[] => [
    '/',
    '/export',
    '/jobs',
    `/jobs/${jobId}`,
    `/jobs/${importId}`,
    '/jobs/job_doesnotexist00',
    '/import',
    '/users',
    `/users/${encodeURIComponent(userId)}`,
    '/nowhere',
  ]

  const SIZES = { wide: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } }

  async function show(page: Page, path: string): Promise<void> {
    await page.goto(`${server.url}/#${path}`)
    await page.locator('main h1').waitFor()
    await page.waitForLoadState('networkidle')
    await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' })
  }

  for (const colorScheme of ['light', 'dark'] as const)
    for (const [size, viewport] of Object.entries(SIZES))
      test(`axe finds nothing serious or critical, and no page is wider than the screen: ${colorScheme}, ${size}`, async () => {
        const { page } = await openPage(browser, server.url, { colorScheme, viewport })
        await signIn(page, CLIENT)
        const complaints: string[] = []
        for (const path of pages()) {
          await show(page, path)
          complaints.push(...(await axeComplaints(page)).map((complaint) => `${path} ${complaint}`))
          const wider = await page.evaluate(() => {
            const { scrollWidth, clientWidth } = document.documentElement
            return scrollWidth - clientWidth
          })
          if (wider > 0) complaints.push(`${path} is ${wider} px wider than the screen`)
        }
        assert.deepEqual(complaints, [])
      })

  test('profiles with markup and links of programs are shown as text, and nothing of them runs or is fetched', async () => {
    const { page } = await openPage(browser, server.url)
    await signIn(page, CLIENT)
    const titles: string[] = []
    const odd: string[] = []
    for (const path of pages()) {
      await show(page, path)
      titles.push(await page.title())
      odd.push(
        ...(await page.evaluate(() =>
          [...document.querySelectorAll('main img, main b, main a[href^="javascript:" i], main iframe')].map(
            ({ outerHTML }) => outerHTML,
          ),
        )),
      )
    }
    for (const user of HOSTILE) {
      const [found] = (await (await api.get(`users?q=email:${user.email}`)).json()) as { user_id: string }[]
      await show(page, `/users/${encodeURIComponent(found?.user_id ?? '')}`)
      assert.ok((await page.locator('main').textContent())?.includes(user.email), user.email)
      titles.push(await page.title())
      odd.push(
        ...(await page.evaluate(() =>
          [...document.querySelectorAll('main img, main b, main script')].map((e) => e.outerHTML),
        )),
      )
    }
    assert.deepEqual(odd, [])
    assert.ok(
      titles.every((title) => title !== 'owned' && title.endsWith('Muster')),
      titles.join('\n'),
    )
  })

  test('every page has one heading of the first level, landmarks, and a title of its own', async () => {
    const { page } = await openPage(browser, server.url)
    await signIn(page, CLIENT)
    for (const path of pages()) {
      await show(page, path)
      assert.equal(await page.locator('h1').count(), 1, path)
      assert.equal(await page.locator('main').count(), 1, path)
      assert.match(await page.title(), /.+ · Muster$/)
    }
  })

  test('the Tab key goes through a page from its beginning to its end, and each stop can be seen', async () => {
    const { page } = await openPage(browser, server.url, { viewport: SIZES.wide })
    await signIn(page, CLIENT)
    for (const path of pages()) {
      await show(page, path)
      // A click or a focus before decides where Tab goes on. The body is the beginning.
      await page.evaluate(() => {
        document.body.tabIndex = -1
        document.body.focus()
        document.body.removeAttribute('tabindex')
      })
      const stops = await tabStops(page)
      assert.ok(stops.length >= 7, `${path}: ${stops.length} stops`)
      const unseen = stops.filter(({ isSeen }) => !isSeen).map(({ name }) => `${path}: ${name}`)
      assert.deepEqual(unseen, [])
    }
  })
})

interface Stop {
  readonly name: string
  /** There is an outline, and the element has a size and lies on the screen. */
  readonly isSeen: boolean
}

const STOPS_MAX = 60

/** Presses Tab until the focus leaves the page or comes back to its first stop. */
async function tabStops(page: Page): Promise<readonly Stop[]> {
  const stops: Stop[] = []
  for (let press = 0; press < STOPS_MAX; press++) {
    await page.keyboard.press('Tab')
    const stop = await page.evaluate(() => {
      const element = document.activeElement
      if (element === null || element === document.body) return undefined
      const isAgain = element.hasAttribute('data-tab-stop')
      element.setAttribute('data-tab-stop', '')
      // An input of a radio or a checkbox is hidden, and its label shows the outline.
      const shown =
        [element, element.closest('[data-focus-visible]'), element.closest('label')]
          .filter((each) => each !== null)
          .find((each) => getComputedStyle(each).outlineStyle !== 'none') ?? element
      const { width, height, bottom, top } = shown.getBoundingClientRect()
      const hasOutline = getComputedStyle(shown).outlineStyle !== 'none'
      const isOnScreen = bottom > 0 && top < window.innerHeight
      const name = `${element.tagName} ${(element.getAttribute('aria-label') ?? element.textContent ?? '').slice(0, 60)}`
      return { name, isAgain, isSeen: hasOutline && width > 1 && height > 1 && isOnScreen }
    })
    if (stop === undefined || stop.isAgain) break
    stops.push(stop)
  }
  await page.evaluate(() => {
    for (const element of document.querySelectorAll('[data-tab-stop]'))
      element.removeAttribute('data-tab-stop')
  })
  return stops
}
