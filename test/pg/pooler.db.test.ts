import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { checkPooler } from '../../src/pg/check-pooler.ts'
import { openDatabase } from '../../src/pg/database.ts'
import { openShared } from '../../src/rows/pg/shared-snapshot.ts'
import { pgConnectionStore } from '../../src/users/pg-connection-store.ts'
import { type TestDatabase, withDatabase } from '../fixtures/engines.ts'
import { exportDeps, exported, jsonLines, newExportJob } from '../fixtures/export-harness.ts'
import { addUser, connection } from '../fixtures/export-tenant.ts'
import { hasPgBouncer, startPgBouncer } from '../fixtures/pgbouncer.ts'

const server = inject('postgres')

describe.skipIf('missing' in server || !hasPgBouncer)('a pooler in front of PostgreSQL', () => {
  let opened: TestDatabase
  beforeAll(async () => {
    opened = await withDatabase({ name: 'postgres' })
    await pgConnectionStore(opened.database).add(connection)
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      await addUser(opened.database, { email: `${name}@example.com` })
  })
  afterAll(() => opened.stop())

  const through = (mode: 'session' | 'transaction') =>
    startPgBouncer(opened.connectionOptions.url ?? '', mode)

  test('a pooler that shares sessions between connections is refused in clear words', async () => {
    const pooler = await through('transaction')
    const database = openDatabase({ url: pooler.url, connectionsMax: 2 })
    await expect(checkPooler(database)).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('Set its pool_mode to session'),
    })
    await database.stop()
    await pooler.stop()
  })

  test('P1 an export through a pooler in session mode is whole', async () => {
    const pooler = await through('session')
    const database = openDatabase({ url: pooler.url, connectionsMax: 10 })
    await checkPooler(database)
    const deps = exportDeps({ ...database, openSnapshot: openShared })
    const { text } = await exported(newExportJob({ format: 'json' }), deps)
    expect(jsonLines(text)).toHaveLength(5)
    await database.stop()
    await pooler.stop()
  })

  test('a server without a pooler is accepted', async () => {
    await checkPooler(opened.database)
  })
})
