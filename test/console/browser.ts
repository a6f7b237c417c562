import assert from 'node:assert/strict'
import axe from 'axe-core'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { inject, onTestFinished } from 'vitest'

export const HAS_BROWSER = 'path' in inject('chromium')

/** Debian's Chromium, which the caller closes. */
export function startBrowser(more: readonly string[] = []): Promise<Browser> {
  const given = inject('chromium')
  if (!('path' in given)) throw new Error('this run has no browser')
  // Chromium refuses to run as root with its sandbox, and CI runs as root. The tests open pages of our own server only.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({ executablePath: given.path, args: [...args, ...more] })
}

export interface Watched {
  readonly page: Page
  /**
   * What must not happen on any page: a violation of the Content-Security-Policy, an error of the page, a request to
   * another host. A test that provokes one empties the list.
   */
  readonly faults: string[]
}

/** A new person with an empty browser. At the end of the test it is closed, and a fault fails the test. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions & { readonly at?: string } = {},
): Promise<Watched> {
  const { at = '/', ...more } = options
  const context = await browser.newContext({ acceptDownloads: true, reducedMotion: 'reduce', ...more })
  const faults: string[] = []
  const { origin } = new URL(url)
  await context.exposeFunction('noteViolation', (what: string) => faults.push(what))
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) => {
      const { noteViolation } = window as unknown as { noteViolation(what: string): void }
      noteViolation(`Content-Security-Policy: ${violatedDirective} ${blockedURI} ${sample}`)
    })
  })
  context.on('page', (page) => {
    page.on('pageerror', (error) => faults.push(`error of the page: ${error.message}`))
    page.on('request', (request) => {
      const asked = new URL(request.url())
      if (/^https?:$/.test(asked.protocol) && asked.origin !== origin) faults.push(`asked ${asked.origin}`)
    })
  })
  onTestFinished(async () => {
    await context.close()
    assert.deepEqual(faults, [])
  })
  const page = await context.newPage()
  await page.goto(`${url}/#${at}`)
  return { page, faults }
}

/** Types id and secret, as a person does. */
export async function signIn(
  page: Page,
  client: { readonly id: string; readonly secret: string },
): Promise<void> {
  await page.getByLabel('Client ID').fill(client.id)
  await page.getByLabel('Client secret').fill(client.secret)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('navigation', { name: 'Pages' }).waitFor()
}

interface Violation {
  readonly id: string
  readonly impact: string | null
  readonly help: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
}

/** What axe finds serious or critical, as sentences. */
export async function axeComplaints(page: Page): Promise<readonly string[]> {
  // By the debugger: the Content-Security-Policy refuses a script element.
  await page.evaluate(axe.source)
  // React Aria reads a pressed button aloud by an invisible element, which names the button for seven seconds, also when
  // the button has gone with its page.
  const violations = (await page.evaluate(
    `axe.run({ exclude: ['[data-live-announcer]'] }, { resultTypes: ['violations'] }).then(({ violations }) => violations)`,
  )) as readonly Violation[]
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, help, nodes }) =>
      nodes.map(({ html, failureSummary = '' }) => `${id}: ${help}: ${html.slice(0, 200)} ${failureSummary}`),
    )
}
