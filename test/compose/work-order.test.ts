import { expect, test } from 'vitest'
import { workOrderOf } from '../../src/compose/work-order.ts'
import { readConfig } from '../../src/config.ts'

test('P9 the thread of jobs receives no secret of clients and no key of certificates', () => {
  const config = readConfig(
    {},
    {
      MUSTER_CLIENT_ID: 'first-client',
      MUSTER_CLIENT_SECRET: 'a-secret-of-the-first-client',
      MUSTER_TLS_CERT: 'chain.pem',
      MUSTER_TLS_KEY: 'key.pem',
      DATABASE_URL: 'postgres://muster:database-password@127.0.0.1/muster',
    },
  )
  const place = { host: '127.0.0.1', port: 3000, publicUrl: 'https://localhost:3000', tenant: 'acme' }
  const order = JSON.stringify(workOrderOf(config, place, new Uint8Array(32)))
  expect(order).toContain('acme')
  for (const secret of ['first-client', 'a-secret', 'key.pem', 'database-password'])
    expect(order).not.toContain(secret)
})
