import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { allRoutesApp } from '../fixtures/all-routes-app.ts'

let app: FastifyInstance
beforeAll(async () => {
  app = await allRoutesApp(pino({ enabled: false }))
})
afterAll(() => app.close())

test('GET / shows a browser a page with links to the API and the documentation, within the strict policy', async () => {
  const accept = 'text/html,application/xhtml+xml,*/*;q=0.8'
  const { statusCode, headers, body } = await app.inject({ url: '/', headers: { accept } })
  expect(statusCode).toBe(200)
  expect(headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'",
    'cache-control': 'no-cache',
  })
  expect(body).toContain('<h1>Muster</h1>')
  expect(body).toContain('href="openapi.json"')
  expect(body).toContain('<code>docs</code>')
  expect(body).not.toMatch(/<script|<style|style=|\son\w+=/i)
})

test.each([undefined, '*/*', 'application/json'])(
  'GET / gets 404 from a client that accepts %s',
  async (accept) => {
    const headers = accept === undefined ? {} : { accept }
    const root = await app.inject({ url: '/', headers })
    const unknown = await app.inject({ url: '/nothing', headers })
    expect([root.statusCode, root.body, root.headers['vary']]).toEqual([
      404,
      unknown.body,
      unknown.headers['vary'],
    ])
  },
)
