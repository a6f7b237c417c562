import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ExportRequest } from '../../src/domain/export-request.ts'
import { planExport } from '../../src/plan/export-plan.ts'
import { musterUsers } from '../../src/relations/muster-users.ts'
import { pgSizeGuess } from '../../src/rows/pg-size-guess.ts'
import { ENGINES, type EngineDatabase } from '../fixtures/engines.ts'
import { addUser, connection, openExportTenant, other } from '../fixtures/export-tenant.ts'

describe.each(ENGINES)('the guess of an export’s size on $name', (engine) => {
  let database: EngineDatabase
  let stop: () => Promise<void>
  beforeAll(async () => {
    ;({ database, stop } = await openExportTenant(engine))
    for (let index = 0; index < 30; index++) await addUser(database, { email: `u${index}@example.com` })
    for (let index = 0; index < 3; index++) await addUser(database, { email: `o${index}@example.com` }, other)
    await database.query('analyze muster.users')
  })
  afterAll(() => stop())

  const guess = (
    request: Partial<ExportRequest>,
    connectionId?: string,
    bounds = { users: 10, cost: 1000 },
  ) =>
    pgSizeGuess(database, musterUsers, bounds).isSmall(
      planExport({ format: 'csv', ...request }, { connectionId }),
    )

  test('P29 the users of a connection are counted, and a limit counts only without a sort', async () => {
    expect(await guess({})).toBe(false)
    expect(await guess({}, connection.id)).toBe(false)
    expect(await guess({}, other.id)).toBe(true)
    expect(await guess({ sort: 'email:1', limit: 2 }, other.id)).toBe(true)
    expect(await guess({ limit: 10 })).toBe(true)
    expect(await guess({ limit: 11 })).toBe(false)
    expect(await guess({ limit: 2, sort: 'email:1' })).toBe(false)
    expect(await guess({}, undefined, { users: 33, cost: 0 })).toBe(true)
    expect(await guess({}, undefined, { users: 32, cost: 1000 })).toBe(false)
  })

  test('P29 a filter or since makes an export small if the planner expects few users at a low cost', async () => {
    expect(await guess({ q: 'email:"u7@example.com"' })).toBe(true)
    expect(await guess({ q: 'email:"u7@example.com"' }, undefined, { users: 10, cost: 0.1 })).toBe(false)
    expect(await guess({ q: 'NOT email:"u7@example.com"' })).toBe(false)
    expect(await guess({ q: 'NOT email:"u7@example.com"', limit: 5 })).toBe(true)
    expect(await guess({ q: 'NOT email:"u7@example.com"', limit: 5, sort: 'email:1' })).toBe(false)
    expect(await guess({ since: '2099-01-01T00:00:00Z' })).toBe(true)
    expect(await guess({ since: '2001-01-01T00:00:00Z' })).toBe(false)
  })

  test.runIf(engine.name === 'postgres')(
    'P29 an export is not small while the table of users is locked, and is not refused',
    async () => {
      const session = await database.connect()
      await session.query('begin; lock table muster.users')
      expect(await guess({}, other.id)).toBe(false)
      await session.query('rollback')
      session.release()
      expect(await guess({}, other.id)).toBe(true)
    },
  )
})
