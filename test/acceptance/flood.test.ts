import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { startFlood } from '../fixtures/flood.ts'
import { apiOf, discard, ENGINES, emptyOn, heldFetch, startServer } from './harness.ts'

const USERS = 2000
const MEMORY_MIB_MAX = 250

function residentMiB(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024
}

describe.each(ENGINES)('a server on %s under a flood', (engine) => {
  test('a server that unauthenticated clients flood still gives tokens, runs exports and serves their files', async () => {
    const server = await startServer({
      ...(await emptyOn(engine)),
      env: { MUSTER_REQUEST_SECONDS: '2', MUSTER_TOKEN_ATTEMPTS: '5/60' },
    })
    try {
      const api = await apiOf(server)
      const [connection] = (await (await api.get('connections')).json()) as { id: string }[]
      const users = Array.from({ length: USERS }, (_, n) => ({ email: `user${n}@example.com` }))
      const imported = await api.import(connection?.id ?? '', users)
      const { id } = (await imported.json()) as { id: string }
      await api.job(id, 'completed')
      const idleMiB = residentMiB(server.child.pid)
      const flood = startFlood({
        url: server.url,
        wrongSecrets: 20,
        pipelines: 8,
        requestsAhead: 1000,
        slowBodies: 10,
        silent: 10,
      })
      try {
        // Until the flood has been refused in every way that there is.
        await expect
          .poll(() => Object.keys(flood.seen()).sort(), { timeout: 60_000 })
          .toEqual(expect.arrayContaining(['401', '408', '429']))
        const job = await api.export({ format: 'csv', fields: [{ name: 'email' }] })
        const file = await heldFetch(String(job['location']))
        const lines = gunzipSync(Buffer.from(await file.arrayBuffer()))
          .toString()
          .split('\n')
        expect(lines).toHaveLength(USERS + 2)
        // A new token, too.
        expect((await (await apiOf(server)).get('connections')).status).toBe(200)
        expect(residentMiB(server.child.pid) - idleMiB).toBeLessThan(MEMORY_MIB_MAX)
      } finally {
        flood.stop()
      }
      expect((await server.end('SIGTERM')).code).toBe(0)
    } finally {
      await discard(server)
    }
  })
})
