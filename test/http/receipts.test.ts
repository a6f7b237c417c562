import { pino } from 'pino'
import { expect, test } from 'vitest'
import { addRoutes } from '../../src/http/add-routes.ts'
import { getJobReceipt } from '../../src/http/routes/get-job-receipt.ts'
import { buildHttpServer } from '../../src/http/server.ts'
import { openTokens } from '../fixtures/open-tokens.ts'

test('a receipt is served as application/jose without a line end, only with read:users', async () => {
  const receipts = {
    find: async (id: string) => (id === 'job_0000000000000001' ? 'a.b.c' : undefined),
    forget: async () => undefined,
  }
  const app = await buildHttpServer({
    log: pino({ enabled: false }),
    routes: [(to) => addRoutes(to, [getJobReceipt], { receipts, tokens: openTokens })],
  })
  const get = (id: string, scope: string) =>
    app.inject({ url: `/api/v2/jobs/${id}/receipt`, headers: { authorization: `Bearer ${scope}` } })
  const found = await get('job_0000000000000001', 'read:users')
  expect([found.statusCode, found.headers['content-type'], found.payload]).toEqual([
    200,
    'application/jose',
    'a.b.c',
  ])
  expect((await get('job_0000000000000001', 'create:users')).statusCode).toBe(403)
  const missing = await get('job_0000000000000002', 'read:users')
  expect(missing.statusCode).toBe(404)
  expect(missing.json()).toMatchObject({ errorCode: 'inexistent_receipt' })
  await app.close()
})
