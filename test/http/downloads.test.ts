import { gzipSync } from 'node:zlib'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { allOwned } from '../../src/domain/lent.ts'
import { signLink } from '../../src/download/link.ts'
import { addRoutes } from '../../src/http/add-routes.ts'
import { getDownload } from '../../src/http/routes/get-download.ts'
import { buildHttpServer } from '../../src/http/server.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { memoryObjectStore } from '../fixtures/memory-object-store.ts'
import { openTokens } from '../fixtures/open-tokens.ts'

const clock = fixedClock('2026-01-01T00:00:00Z')
const linkSecret = Buffer.alloc(32)
const key = 'jobs/job_0123456789abcdef/1/acme.csv.gz'
const file = gzipSync('a\n')
const { expires, signature } = signLink(key, { clock, secret: linkSecret, notAfter: new Date('2027-01-01') })
const query = `expires=${expires}&signature=${signature}`

let app: FastifyInstance
beforeAll(async () => {
  const objects = memoryObjectStore()
  await objects.put(key, allOwned([file]), new AbortController().signal)
  const deps = { clock, linkSecret, objects, tokens: openTokens }
  app = await buildHttpServer({
    log: pino({ enabled: false }),
    routes: [(to) => addRoutes(to, [getDownload], deps)],
  })
})
afterAll(() => app.close())

test('a HEAD request describes the whole file, even with a Range header', async () => {
  const ask = (method: 'GET' | 'HEAD', range: string) =>
    app.inject({ method, url: `/downloads/${key}?${query}`, headers: { range } })
  expect((await ask('GET', 'bytes=0-0')).statusCode).toBe(206)
  for (const range of ['bytes=0-0', 'bytes=9999-']) {
    const { statusCode, headers } = await ask('HEAD', range)
    expect([statusCode, headers['content-length']]).toEqual([200, String(file.length)])
    expect(headers).not.toHaveProperty('content-range')
  }
})

test('P6 a link that is spelled in another way is refused', async () => {
  const status = async (text: string) => (await app.inject({ url: `/downloads/${key}${text}` })).statusCode
  expect(await status(`?${query}`)).toBe(200)
  for (const text of [
    `?${query.replace('e', '%65')}`,
    `?expires=%3${expires[0]}${expires.slice(1)}&signature=${signature}`,
    `?expires=${expires}&signature=%${signature.charCodeAt(0).toString(16)}${signature.slice(1)}`,
    `?signature=${signature}&expires=${expires}`,
    `?${query}&x=1`,
    `?expires=${expires}&${query}`,
    `%3F${query}`,
  ])
    expect(await status(text), text).toBe(403)
})
