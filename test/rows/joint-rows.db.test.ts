import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { systemStopwatch } from '../../src/domain/clock.ts'
import type { ExportRequest } from '../../src/domain/export-request.ts'
import { Failure } from '../../src/domain/failure.ts'
import { newTurns } from '../../src/domain/turns.ts'
import { brieflyInSnapshot } from '../../src/pg/briefly.ts'
import { planExport } from '../../src/plan/export-plan.ts'
import { musterUsers } from '../../src/relations/muster-users.ts'
import type { PgSource } from '../../src/relations/pg-source.ts'
import { jointPreviews } from '../../src/rows/joint-reads.ts'
import { jointRows, type Places } from '../../src/rows/joint-rows.ts'
import { pgRowPreview } from '../../src/rows/pg-row-preview.ts'
import { pgRowSource } from '../../src/rows/pg-row-source.ts'
import { pgSourceRows } from '../../src/rows/pg-source-rows.ts'
import type { RowPreview } from '../../src/rows/row-preview.ts'
import type { RowSource } from '../../src/rows/row-source.ts'
import { tickingClock } from '../fixtures/clock.ts'
import { ENGINES, type TestDatabase } from '../fixtures/engines.ts'
import { csvRows, exportDeps, exported, jsonLines, newExportJob } from '../fixtures/export-harness.ts'
import { addUser, connection, openExportTenant } from '../fixtures/export-tenant.ts'
import { type KeycloakDatabase, keycloakSource, newKeycloakDatabase } from '../fixtures/keycloak-database.ts'
import { memoryObjectStore } from '../fixtures/memory-object-store.ts'

const server = inject('postgres')
const OWN = 5
const EAST = 7
const WEST = 11

describe.skipIf(!('url' in server)).each(ENGINES)('own users on $name and two sources', (engine) => {
  let opened: TestDatabase
  const stops: (() => Promise<void>)[] = []
  let sources: readonly PgSource[]
  let west: KeycloakDatabase

  function sourceOn(name: string, url: string): PgSource {
    const source = keycloakSource(name, url)
    stops.push(source.database.stop)
    return source
  }

  beforeAll(async () => {
    opened = await openExportTenant(engine)
    stops.push(opened.stop)
    for (let n = 0; n < OWN; n++)
      await addUser(opened.database, {
        user_id: `own${n}`,
        email: `own${n}@example.com`,
        user_metadata: { own: n },
      })
    const east = await newKeycloakDatabase(EAST, 'east')
    west = await newKeycloakDatabase(WEST, 'west')
    stops.push(east.stop, west.stop)
    sources = [sourceOn('east', east.url), sourceOn('west', west.url)]
  })
  afterAll(async () => {
    for (const stop of stops.reverse()) await stop()
  })

  function rowsOf(of: readonly PgSource[]): RowSource {
    const bounds = { clock: tickingClock, parallel: 2, usersPerRange: 3 }
    const own = exportDeps(opened.database).rows
    const others = of.map((source) => ({
      connectionId: source.connectionId,
      of: pgSourceRows(source, { database: source.database, ...bounds }),
    }))
    return jointRows([{ connectionId: null, of: own }, ...others])
  }

  const run = (request: Partial<ExportRequest>, connectionId?: string, of = sources) =>
    exported(
      newExportJob({ format: 'json', fields: [{ name: 'email' }], ...request }, connectionId),
      exportDeps(opened.database, { rows: rowsOf(of) }),
    )

  const emails = (name: string, count: number, from = 0) =>
    Array.from({ length: count }, (_, n) => `${name}${n + from}@example.com`)
  const everybody = [...emails('own', OWN), ...emails('east', EAST, 1), ...emails('west', WEST, 1)].sort()
  const emailsIn = (text: string) => jsonLines(text).map((line) => String(line['email']))

  test('P42 a file of all users has each user of each database once, and its receipt counts each database', async () => {
    const { text, receipt } = await run({})
    expect(emailsIn(text).sort()).toEqual(everybody)
    expect(receipt.rows).toBe(everybody.length)
    expect(receipt.sources?.map(({ source, rows, counted }) => [source, rows, counted])).toEqual([
      [null, OWN, OWN],
      ['east', EAST, EAST],
      ['west', WEST, WEST],
    ])
    for (const { snapshotAt } of receipt.sources ?? []) expect(Date.parse(snapshotAt)).toBeGreaterThan(0)
  })

  test('a file of one connection has the users of its database alone', async () => {
    const [east] = sources
    const { text, receipt } = await run({}, east?.connectionId)
    expect(emailsIn(text).sort()).toEqual(emails('east', EAST, 1).sort())
    expect(receipt.sources?.map(({ source, rows }) => [source, rows])).toEqual([['east', EAST]])
    // Keycloak does not show what has changed, so no export can go on from this one.
    expect(receipt.until).toBeUndefined()
    const own = await run({}, connection.id)
    expect(emailsIn(own.text).sort()).toEqual(emails('own', OWN))
    expect(own.receipt.sources).toBeUndefined()
  })

  test('columns of metadata are discovered over all databases, and each user has a cell for each', async () => {
    const { text } = await run({ format: 'csv', metadata_columns: 'discover', csv: { guard: 'none' } })
    const [header, ...rows] = csvRows(text)
    expect(header).toEqual(['email', 'user_metadata.east[0]', 'user_metadata.own', 'user_metadata.west[0]'])
    expect(rows.map(([email]) => email).sort()).toEqual(everybody)
    for (const [email = '', ...cells] of rows) {
      const name = email.replace('@example.com', '')
      const at = ['east', 'own', 'west'].findIndex((beginning) => name.startsWith(beginning))
      const value = name.startsWith('own') ? name.slice(3) : name
      expect(cells, email).toEqual(['', '', ''].with(at, value))
    }
  })

  test('a limit takes own users first, then those of the sources in the order of their names', async () => {
    for (const limit of [1, OWN, OWN + 1, OWN + EAST, OWN + EAST + 4, 1000]) {
      const { text, receipt } = await run({ limit })
      const expected = Math.min(limit, everybody.length)
      expect(receipt.rows, String(limit)).toBe(expected)
      const found = emailsIn(text)
      const count = (name: string) => found.filter((email) => email.startsWith(name)).length
      const own = Math.min(limit, OWN)
      const east = Math.min(limit - own, EAST)
      expect([count('own'), count('east'), count('west')]).toEqual([
        own,
        east,
        Math.min(limit - own - east, WEST),
      ])
    }
  })

  test('a limit and discovered columns hold together', async () => {
    const { text } = await run({ format: 'csv', limit: OWN + 1, metadata_columns: 'discover' })
    expect(csvRows(text)[0]).toEqual(['email', 'user_metadata.east[0]', 'user_metadata.own'])
  })

  async function previewPlaces(): Promise<Places<RowPreview>> {
    const others = sources.map((source) => {
      const { connectionId, database } = source
      const briefly = brieflyInSnapshot(database, { stopwatch: systemStopwatch, turns: newTurns(2) })
      const of: RowPreview = {
        first: async (...asked) => pgRowPreview(briefly, (await source.users()).relation).first(...asked),
      }
      return { connectionId, of }
    })
    return [
      { connectionId: null, of: pgRowPreview(opened.database.briefly, musterUsers) },
      ...others,
    ] as const
  }

  test('P37 a preview of several slow databases is refused after the seconds that one has, also if one never answers', async () => {
    const [own, east, westPlace] = await previewPlaces()
    if (east === undefined || westPlace === undefined) throw new Error('there are two sources')
    const slow = {
      connectionId: west.url,
      of: {
        first: async (...asked: Parameters<RowPreview['first']>) => {
          await west.database.query('select pg_sleep(0.4)')
          return westPlace.of.first(...asked)
        },
      },
    }
    const silent = { connectionId: 'silent', of: { first: () => new Promise<never>(() => {}) } }
    const plan = planExport({ format: 'json', fields: [{ name: 'email' }] })
    const bounds = { rows: 100, bytes: 1_000_000, seconds: 1 }
    for (const others of [[slow, slow, slow, slow], [silent]]) {
      const begun = systemStopwatch.seconds()
      await expect(
        jointPreviews([own, east, ...others], systemStopwatch).first(plan, bounds),
      ).rejects.toMatchObject({
        code: 'reading_too_slow',
        message: expect.stringContaining('The databases together took longer than 1 seconds'),
      })
      expect(systemStopwatch.seconds() - begun).toBeLessThan(1.5)
    }
    const patient = { ...bounds, seconds: 20 }
    const { lines } = await jointPreviews([own, east, slow], systemStopwatch).first(plan, patient)
    expect(lines).toHaveLength(OWN + EAST + WEST)
  })

  test('P37 a preview of all users goes on in the next database, as their file does', async () => {
    const places = await previewPlaces()
    // As in production, where ten users are far less than a range.
    const large = { clock: tickingClock, parallel: 2, usersPerRange: 1000 }
    const own = pgRowSource(opened.database, tickingClock, {
      ...large,
      relation: musterUsers,
      openSnapshot: opened.database.openSnapshot,
    })
    const rows = jointRows([
      { connectionId: null, of: own },
      ...sources.map((source) => ({
        connectionId: source.connectionId,
        of: pgSourceRows(source, { database: source.database, ...large }),
      })),
    ])
    for (const limit of [undefined, OWN - 1, OWN + 1, 1000])
      for (const format of ['json', 'csv'] as const) {
        const request = { format, fields: [{ name: 'email' }], ...(limit === undefined ? {} : { limit }) }
        const { text } = await exported(newExportJob(request), exportDeps(opened.database, { rows }))
        const bounds = { rows: 10, bytes: 1_000_000, seconds: 20 }
        const first = await jointPreviews(places, systemStopwatch).first(planExport(request), bounds)
        expect(first.lines).toHaveLength(Math.min(10, limit ?? 10))
        const head = format === 'csv' ? 'email\n' : ''
        expect(text.slice(0, head.length + first.lines.join('').length)).toBe(head + first.lines.join(''))
      }
  })

  test('a query finds users of all databases', async () => {
    const { text } = await run({ q: 'email:*1@example.com' })
    expect(emailsIn(text).sort()).toEqual(everybody.filter((email) => email.endsWith('1@example.com')))
  })

  test('P42 a source that is down fails the exports that need its users, by its name, and no others', async () => {
    const away = sourceOn('away', 'postgres://nobody@127.0.0.1:1/none')
    const all = [...sources, away]
    const outcome = await run({}, undefined, all).catch((error: unknown) => error)
    expect(outcome).toBeInstanceOf(Failure)
    expect(outcome).toMatchObject({
      code: 'source_unavailable',
      message: expect.stringContaining('source away'),
    })
    expect((await run({}, connection.id, all)).receipt.rows).toBe(OWN)
    expect((await run({}, sources[0]?.connectionId, all)).receipt.rows).toBe(EAST)
  })

  test('P42 a source whose connections are cut in the middle leaves no file, and a later run is whole', async () => {
    const objects = memoryObjectStore()
    const rows = rowsOf(sources)
    let cuts = 0
    const cutting: RowSource = {
      open: async (...asked) => {
        const snapshot = await rows.open(...asked)
        await west.database.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
        )
        cuts++
        return snapshot
      },
    }
    const job = newExportJob({ format: 'json', fields: [{ name: 'email' }] })
    const deps = exportDeps(opened.database, { rows: cutting, objects })
    const outcome = await exported(job, deps).catch((error: unknown) => error)
    expect(outcome).toMatchObject({
      code: 'source_unavailable',
      message: expect.stringContaining('source west'),
    })
    expect(cuts).toBe(1)
    expect(objects.visibleObjects()).toEqual([])
    expect((await run({})).receipt.rows).toBe(everybody.length)
  })

  test('P42 a user who comes after the snapshot of a source is not in the file, and the counts match', async () => {
    const rows = rowsOf(sources)
    const adding: RowSource = {
      open: async (...asked) => {
        const snapshot = await rows.open(...asked)
        await west.database.query(
          `insert into user_entity (id, email, realm_id, username) values ('late', 'late@example.com', 'r-main', 'late')`,
        )
        return snapshot
      },
    }
    const job = newExportJob({ format: 'json', fields: [{ name: 'email' }] })
    const { text, receipt } = await exported(job, exportDeps(opened.database, { rows: adding }))
    await west.database.query(`delete from user_entity where id = 'late'`)
    expect(emailsIn(text).sort()).toEqual(everybody)
    expect(receipt.rows).toBe(everybody.length)
  })
})
