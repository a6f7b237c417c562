import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '../../src/domain/connection.ts'
import type { ImportRequest } from '../../src/domain/import-request.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import { BATCH_LIMITS } from '../../src/flow/checked-batches.ts'
import { addRoutes } from '../../src/http/add-routes.ts'
import { getUsers } from '../../src/http/routes/get-users.ts'
import { getUsersByEmail } from '../../src/http/routes/get-users-by-email.ts'
import { buildHttpServer } from '../../src/http/server.ts'
import { pgConnectionStore } from '../../src/users/pg-connection-store.ts'
import { pgUserFinder } from '../../src/users/pg-user-search.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'
import { emptyTenant, importDeps, imported } from '../fixtures/import-harness.ts'
import { openTokens } from '../fixtures/open-tokens.ts'

type Cursor = 'created_at' | 'updated_at'

describe.each(ENGINES)('paging by time through imported users on $name', (engine) => {
  let opened: TestDatabase
  let app: FastifyInstance
  let connection: Connection

  beforeAll(async () => {
    opened = await withDatabase(engine)
    const connections = pgConnectionStore(opened.database)
    const deps = { finder: pgUserFinder(opened.database), connections, tokens: openTokens }
    app = await buildHttpServer({
      log: pino({ enabled: false }),
      routes: [(to) => addRoutes(to, [getUsers, getUsersByEmail], deps)],
    })
  })
  afterAll(async () => {
    await app.close()
    await opened.stop()
  })
  beforeEach(async () => {
    connection = await emptyTenant(opened.database)
  })

  const stream = async (count: number, request: Partial<ImportRequest> = {}, from = 0) => {
    const users = Array.from({ length: count }, (_, n) => ({
      email: `u${from + n}@x.io`,
      user_id: `${from + n}`,
    }))
    const file = users.map((user) => `${JSON.stringify(user)}\n`).join('')
    const text = request.format === 'json' ? JSON.stringify(users) : file
    const { summary } = await imported(
      { connection, file: text, request },
      importDeps(opened.database, { batchLimits: BATCH_LIMITS }),
    )
    expect(summary?.failed).toBe(0)
  }

  async function page(query: Record<string, string>): Promise<readonly JsonObject[]> {
    const headers = { authorization: 'Bearer read:users' }
    const answer = await app.inject({ url: '/api/v2/users', query, headers })
    expect(answer.statusCode).toBe(200)
    return answer.json()
  }

  // What one widespread client does: always the first page, from the last time seen, the bound itself excluded.
  async function byFirstPages(cursor: Cursor): Promise<readonly JsonObject[]> {
    const seen: JsonObject[] = []
    for (let last = '1900-01-01T00:00:00.000Z'; ; ) {
      const q = `${cursor}:{${last} TO *]`
      const users = await page({ page: '0', per_page: '50', sort: `${cursor}:1`, q })
      seen.push(...users)
      last = String(users.at(-1)?.[cursor])
      if (users.length < 50) return seen
    }
  }

  // And another: the bound is included, and pages go as far as a search may; then the next window.
  async function byWindows(cursor: Cursor): Promise<ReadonlySet<unknown>> {
    const seen = new Set<unknown>()
    for (let last = '1900-01-01T00:00:00.000Z'; ; ) {
      let users: readonly JsonObject[] = []
      for (let at = 0; at < 10; at++) {
        const q = `${cursor}:[${last} TO *]`
        users = await page({ page: String(at), per_page: '100', sort: `${cursor}:1`, q })
        for (const user of users) seen.add(user['user_id'])
        if (users.length < 100) return seen
      }
      last = String(users.at(-1)?.[cursor])
    }
  }

  test('a client that pages by the time of the last user finds all 5,400 users of a stream in the order of the file', async () => {
    await stream(5_400)
    for (const cursor of ['created_at', 'updated_at'] as const) {
      const ids = (await byFirstPages(cursor)).map((user) => user['user_id'])
      expect(ids).toEqual(Array.from({ length: 5_400 }, (_, n) => `auth0|${n}`))
      expect((await byWindows(cursor)).size).toBe(5_400)
    }
  })

  test('a client that pages by time finds all 400 users of a form, and after a later import the changed users only', async () => {
    const form = { by: 'form', format: 'json' } as const
    await stream(400, form)
    expect(await byFirstPages('created_at')).toHaveLength(400)
    const last = String((await byFirstPages('updated_at')).at(-1)?.['updated_at'])
    await stream(150, { ...form, upsert: 'overwrite' }, 300)
    const later = await page({ per_page: '100', sort: 'updated_at:1', q: `updated_at:{${last} TO *]` })
    expect(later.map((user) => user['user_id'])).toEqual(
      Array.from({ length: 100 }, (_, n) => `auth0|${300 + n}`),
    )
    expect(await byFirstPages('updated_at')).toHaveLength(450)
  })
})
