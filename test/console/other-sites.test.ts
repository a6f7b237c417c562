import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiOf, discard, type Server, startServer } from '../acceptance/harness.ts'
import { CLIENT } from '../acceptance/start-process.ts'
import { HAS_BROWSER, openPage, signIn, startBrowser } from './browser.ts'

const REBOUND = 'rebound.example'
const LINK = /Console: +(\S+#\/sign-in\/([\w-]{43})) /

/** How the server has answered requests for `/console/session`, from this place of its log on. */
function answersIn(output: string, from = 0): string[] {
  const lines = output.slice(from).split('\n')
  return lines.flatMap((line) => {
    const [, method, status] = /"method":"(\w+)","path":"\/console\/session","status":(\d+)/.exec(line) ?? []
    return method === undefined ? [] : [`${method} ${status}`]
  })
}

describe.skipIf(!HAS_BROWSER)('a browser with a session of the console', () => {
  let server: Server
  let browser: Browser
  let evil: HttpServer
  let evilPort: number
  beforeAll(async () => {
    // As if the attacker's name server had just answered with the address of this machine.
    const resolver = `--host-resolver-rules=MAP ${REBOUND} 127.0.0.1`
    ;[server, browser] = await Promise.all([startServer(), startBrowser([resolver])])
    evil = createServer((_request, reply) => {
      reply.setHeader('content-type', 'text/html')
      reply.end('<!doctype html><title>Evil</title><form method="post" enctype="text/plain"></form>')
    }).listen(0)
    await once(evil, 'listening')
    evilPort = (evil.address() as AddressInfo).port
  })
  afterAll(async () => {
    evil?.close()
    await browser?.close()
    await discard(server)
  })

  // For a browser another port of the same host is the same site, and gets its cookies; another host is another site.
  test.each(['127.0.0.1', 'localhost'])(
    'P45 a page of http://%s at another port can neither read, replace nor end the session',
    async (host) => {
      const { page, faults } = await openPage(browser, server.url)
      await signIn(page, CLIENT)
      const cookies = () => page.context().cookies(`${server.url}/console/session`)
      const before = await cookies()
      assert.equal(before.length, 1)
      const { headers } = await apiOf(server)
      const token = String(headers['authorization']).replace('Bearer ', '')

      const other = await page.context().newPage()
      await other.goto(`http://${host}:${evilPort}/`)
      const mark = server.output().length
      const outcomes = await other.evaluate(
        async ({ url, text }) => {
          const json = { 'content-type': 'application/json' }
          const tries: RequestInit[] = [
            {},
            { mode: 'no-cors' },
            { method: 'POST', headers: json, body: text },
            { method: 'POST', mode: 'no-cors', body: text },
            { method: 'POST', mode: 'no-cors', body: new URLSearchParams({ token: text }) },
            { method: 'DELETE' },
          ]
          return Promise.all(
            tries.map((init) =>
              fetch(url, { credentials: 'include', ...init }).then(
                (answer) => answer.type,
                () => 'refused by the browser',
              ),
            ),
          )
        },
        { url: `${server.url}/console/session`, text: JSON.stringify({ token }) },
      )
      // The answers that need no consent of the server are kept from the page by Cross-Origin-Resource-Policy.
      assert.deepEqual(outcomes, Array(6).fill('refused by the browser'))

      await other.evaluate(
        ({ url, start }) => {
          const [form] = document.forms
          if (form === undefined) throw new Error('the page has no form')
          const field = document.createElement('input')
          field.name = start
          form.append(field)
          form.action = url
          form.submit()
        },
        { url: `${server.url}/console/session`, start: `{"token":"${token}"}` },
      )
      await expect.poll(() => other.url()).toBe(`${server.url}/console/session`)
      await expect.poll(() => other.textContent('body')).toMatch(/"statusCode":(403|415)/)
      // Two plain GET, two POST of fetch and that of the form. The browser asked before the others and got no consent.
      const refused = ['GET 403', 'GET 403', 'POST 403', 'POST 415', 'POST 415']
      assert.deepEqual(answersIn(server.output(), mark).sort(), refused)
      assert.deepEqual(await cookies(), before)
      await page.reload()
      await page.getByRole('navigation', { name: 'Pages' }).waitFor()
      faults.length = 0
    },
  )

  test('P45 another page cannot show the console in a frame', async () => {
    const { page, faults } = await openPage(browser, server.url)
    const other = await page.context().newPage()
    const said: string[] = []
    other.on('console', (message) => said.push(message.text()))
    await other.goto(`http://127.0.0.1:${evilPort}/`)
    await other.evaluate((url) => {
      const frame = document.createElement('iframe')
      frame.src = url
      document.body.append(frame)
    }, server.url)
    await expect.poll(() => said.join('\n')).toMatch(/violates .*"?frame-ancestors 'none'/)
    faults.length = 0
  })

  test('P45 a domain of another that leads to this machine cannot sign in, even with the right secret', async () => {
    const { page } = await openPage(browser, server.url.replace('127.0.0.1', REBOUND))
    const mark = server.output().length
    await page.getByLabel('Client ID').fill(CLIENT.id)
    await page.getByLabel('Client secret').fill(CLIENT.secret)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect.poll(() => page.getByRole('alert').textContent()).toContain('MUSTER_PUBLIC_URL')
    assert.deepEqual(answersIn(server.output(), mark).slice(-1), ['POST 403'])
    assert.deepEqual(await page.context().cookies(), [])
  })

  test('P45 the link of the terminal signs in with one click, and the address keeps no code', async () => {
    await expect.poll(server.output).toMatch(LINK)
    const [, link = '', code = ''] = LINK.exec(server.output()) ?? []
    const { page } = await openPage(browser, server.url, { at: new URL(link).hash.slice(1) })
    await page.getByRole('navigation', { name: 'Pages' }).waitFor()
    await expect.poll(() => page.url()).not.toContain(code)
    await page.reload()
    await page.getByRole('navigation', { name: 'Pages' }).waitFor()
    // Nobody who goes back in the history of the browser finds the code either.
    await page.goBack()
    assert.ok(!page.url().includes(code), page.url())
  })
})
