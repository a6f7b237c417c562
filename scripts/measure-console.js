// Measures the first load of the console: the JavaScript that it needs, packed, and the time to the first useful paint on
// loopback with the CPU slowed four times. Ends with 1 if a target is missed.
//   npm run measure:console
import { withConsole } from './with-console.js'

const SLOWED_TIMES = 4
const ROUNDS = 7
const TARGETS = { kilobytes: 200, milliseconds: 1000 }

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN

/**
 * One load in an empty browser, or of a person who is signed in.
 * @param {import('playwright-core').BrowserContext} context
 */
async function load(context, url, heading) {
  const page = await context.newPage()
  const session = await context.newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWED_TIMES })
  await session.send('Network.enable')
  await session.send('Network.setCacheDisabled', { cacheDisabled: true })
  let bytes = 0
  const scripts = new Set()
  session.on(
    'Network.responseReceived',
    ({ requestId, type }) => void (type === 'Script' && scripts.add(requestId)),
  )
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) bytes += encodedDataLength
  })
  // The browser's own time of the paint that first shows the heading, from the start of the navigation.
  await page.addInitScript((text) => {
    new MutationObserver(() => {
      for (const h1 of document.querySelectorAll('h1'))
        if (h1.textContent === text) h1.setAttribute('elementtiming', 'heading')
    }).observe(document, { subtree: true, childList: true })
    new PerformanceObserver((list) => {
      const [{ renderTime }] = /** @type {any[]} */ (list.getEntries())
      Object.assign(window, { usefulAt: renderTime })
    }).observe({ type: 'element', buffered: true })
  }, heading)
  await page.goto(url)
  await page.waitForFunction(() => 'usefulAt' in window)
  const usefulAt = await page.evaluate(() => /** @type {any} */ (window).usefulAt)
  await page.waitForLoadState('networkidle')
  await page.close()
  return { bytes, usefulAt }
}

await withConsole(async ({ browser, url, signIn }) => {
  for (const [who, heading] of [
    ['signed out', 'Sign in to Muster'],
    ['signed in, at the overview', 'Overview'],
  ]) {
    const context = await browser.newContext({ reducedMotion: 'reduce' })
    if (heading === 'Overview') {
      const page = await context.newPage()
      await signIn(page)
      await page.close()
    }
    const loads = []
    for (let round = 0; round < ROUNDS; round++) loads.push(await load(context, url, heading))
    await context.close()
    const kilobytes = median(loads.map(({ bytes }) => bytes)) / 1000
    const milliseconds = median(loads.map(({ usefulAt }) => usefulAt))
    const times = loads.map(({ usefulAt }) => Math.round(usefulAt)).join(', ')
    process.stdout.write(
      `${who}: ${kilobytes.toFixed(1)} KB of JavaScript packed (target ${TARGETS.kilobytes}), first useful paint ` +
        `${Math.round(milliseconds)} ms with the CPU slowed ${SLOWED_TIMES} times (target ${TARGETS.milliseconds}; ${times})\n`,
    )
    if (kilobytes > TARGETS.kilobytes || milliseconds > TARGETS.milliseconds) process.exitCode = 1
  }
})
