import { describe, expect, test } from 'vitest'
import { readEvents } from '../fixtures/job-events.ts'
import { apiOf, discard, ENGINES, emptyOn, firstConnectionId, heldFetch, startServer } from './harness.ts'

const LARGE = 10_001

describe.each(ENGINES)('exports of any size on %s', (engine) => {
  test('P29 small exports are completed while a large one that reads slowly holds the only place for all', async () => {
    const env = { MUSTER_CONCURRENCY: '1', MUSTER_EXPORT_USERS_PER_SECOND: '100' }
    const server = await startServer({ ...(await emptyOn(engine)), env })
    try {
      const api = await apiOf(server)
      const lines = Array.from(
        { length: LARGE },
        (_, at) => `${JSON.stringify({ email: `u${at}@fair.example` })}\n`,
      )
      const sent = await heldFetch(
        `${server.url}/api/v2/jobs/users-imports?connection_id=${await firstConnectionId(api)}`,
        {
          method: 'POST',
          headers: { ...api.headers, 'content-type': 'application/x-ndjson' },
          body: lines.join(''),
        },
      )
      const { id: importId } = (await sent.json()) as { id: string }
      expect((await api.job(importId, 'completed', 'failed'))['summary']).toMatchObject({ inserted: LARGE })
      const large = (await (await api.post('jobs/users-exports', {})).json()) as { id: string }
      const { events } = readEvents(await api.get(`jobs/${large.id}/events`))
      await expect
        .poll(() => events.some(({ data }) => Number(data['users']) > 0), { timeout: 10_000 })
        .toBe(true)
      for (const small of [{ limit: 5 }, { q: 'email:"u7@fair.example"' }])
        expect((await api.export(small))['status']).toBe('completed')
      const waiting = await api.job(large.id, 'processing', 'completed', 'failed')
      expect(waiting).toMatchObject({ status: 'processing', summary: { total: LARGE } })
      const removed = { method: 'DELETE', headers: api.headers }
      expect((await heldFetch(`${server.url}/api/v2/jobs/${large.id}`, removed)).status).toBe(204)
      // The place is free again, also for what is not small.
      const next = (await (await api.post('jobs/users-exports', {})).json()) as { id: string }
      await api.job(next.id, 'processing')
    } finally {
      await discard(server)
    }
  })
})
