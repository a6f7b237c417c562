import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ExportRequest } from '../../src/domain/export-request.ts'
import type { Attribute } from '../../src/domain/profile.ts'
import { planExport } from '../../src/plan/export-plan.ts'
import { musterUsers } from '../../src/relations/muster-users.ts'
import type { Key, Relation } from '../../src/relations/relation.ts'
import { folded } from '../../src/relations/text-column.ts'
import { type ProfileColumns, valueAt } from '../../src/relations/value.ts'
import { pgRowSource } from '../../src/rows/pg-row-source.ts'
import { tickingClock } from '../fixtures/clock.ts'
import { ENGINES, type EngineDatabase, type TestDatabase, withDatabase } from '../fixtures/engines.ts'
import { csvRows, exportDeps, exported, jsonLines, newExportJob } from '../fixtures/export-harness.ts'

// A table as another product has it: other names, no jsonb but one, nothing about changes.
const TABLE = `
  create schema if not exists elsewhere;
  create table elsewhere.people (
    id %TYPE% primary key, mail text, logins bigint, details jsonb, is_locked boolean not null default false)`

const PEOPLE = 157

const KEYS = {
  text: `case n when 1 then '' when 2 then '''' when 3 then E'back\\\\slash' when 4 then 'é😀' when 5 then ' ' when 6 then '10' when 7 then '9'
    else md5(n::text) end`,
  uuid: 'md5(n::text)::uuid',
  // Far apart, and below zero too: nothing can be made of them by arithmetic.
  bigint: 'case when n % 2 = 0 then n else -9e15::bigint / n end',
}

const COLUMNS: ProfileColumns = {
  names: new Set(['user_id', 'email', 'logins_count', 'blocked', 'user_metadata'] as const),
  neverNull: new Set<Attribute>(['user_id', 'blocked']),
}

const JSON_COLUMNS: Partial<Record<Parameters<Relation['json']>[0], string>> = {
  user_metadata: 'user_metadata',
}

function peopleBy(key: Key): Relation {
  return {
    ...musterUsers,
    from: `(select id, 'auth0|' || id::text as user_id, mail as email, logins as logins_count, is_locked as blocked,
      details as user_metadata from elsewhere.people) as people`,
    key,
    connection: undefined,
    column: (path) => valueAt(path, COLUMNS),
    json: (root) => JSON_COLUMNS[root],
    texts: { ...musterUsers.texts, email: { ...folded, sql: 'lower(email)' } },
    indexed: new Set(),
    inOrder: new Set(),
    changes: undefined,
  }
}

describe.each(ENGINES)('users of a table of another product on $name', (engine) => {
  describe.each(['text', 'uuid', 'bigint'] as const)('with keys of type %s', (type) => {
    let opened: TestDatabase
    let database: EngineDatabase
    /** Ids in the order of their keys, as the database has it. */
    let ids: string[]
    const relation = peopleBy({ sql: 'id', type, cut: 'counted' })
    beforeAll(async () => {
      opened = await withDatabase(engine)
      database = opened.database
      for (const statement of TABLE.replace('%TYPE%', type).split(';')) await database.query(statement)
      await database.query(
        `insert into elsewhere.people
         select ${KEYS[type]}, case when n % 4 > 0 then 'User' || n % 50 || '@Example.com' end, case when n % 3 > 0 then n % 7 end,
           case when n % 5 > 0 then jsonb_build_object('team', jsonb_build_array(n % 2), 'n', n) end, n % 11 = 0
         from generate_series(1, ${PEOPLE}) as n order by md5(n::text || 'x')`,
      )
      const rows = await database.query<{ user_id: string }>(
        `select 'auth0|' || id::text as user_id from elsewhere.people order by id`,
      )
      ids = rows.map((row) => row.user_id)
      expect(new Set(ids).size).toBe(PEOPLE)
    })
    afterAll(() => opened.stop())

    const fields = [
      { name: 'user_id' },
      { name: 'email' },
      { name: 'user_metadata.team[0]' },
      { name: 'name' },
    ]

    function rowSource() {
      const bounds = { parallel: 3, usersPerRange: 10 }
      return pgRowSource(database, tickingClock, {
        ...bounds,
        relation,
        openSnapshot: database.openSnapshot,
      })
    }

    async function textOf(request: ExportRequest): Promise<string> {
      return (await exported(newExportJob(request), exportDeps(database, { rows: rowSource() }))).text
    }

    const idsOf = async (request: Partial<ExportRequest>) =>
      jsonLines(await textOf({ format: 'json', fields, ...request })).map((line) => line['user_id'])

    test('P1 a file has every user once, in the order of keys, from many ranges', async () => {
      const snapshot = await rowSource().open(
        planExport({ format: 'json', fields }),
        new AbortController().signal,
      )
      await snapshot.close()
      expect(snapshot.ranges.length).toBeGreaterThanOrEqual(Math.floor(PEOPLE / 10))
      expect(await idsOf({})).toEqual(ids)
    })

    test('a limit takes the first keys, within a range and across ranges', async () => {
      for (const limit of [1, 9, 10, 11, 57, PEOPLE, 1e12])
        expect(await idsOf({ limit }), String(limit)).toEqual(ids.slice(0, limit))
    })

    test('a sort has every user once, with equal values by key and missing values last', async () => {
      const rows = await database.query<{ user_id: string }>(
        `select 'auth0|' || id::text as user_id from elsewhere.people order by logins desc nulls last, id desc`,
      )
      expect(await idsOf({ sort: 'logins_count:-1' })).toEqual(rows.map((row) => row.user_id))
    })

    test('a query finds users by their own columns, and a missing column matches no user', async () => {
      const rows = await database.query<{ user_id: string }>(
        `select 'auth0|' || id::text as user_id from elsewhere.people
         where lower(mail) = 'user7@example.com' or (details -> 'team') @> '1' and is_locked order by id`,
      )
      const q = 'email:USER7@example.com OR (user_metadata.team:1 AND blocked:true)'
      expect(await idsOf({ q })).toEqual(rows.map((row) => row.user_id))
      expect(rows.length).toBeGreaterThan(3)
      for (const none of [
        '_exists_:app_metadata',
        'phone_verified:true',
        'created_at:[2000 TO *]',
        'locale:de',
      ])
        expect(await idsOf({ q: none }), none).toEqual([])
    })

    test('a CSV file has an empty cell for a missing column, and discovers columns of its metadata', async () => {
      const text = await textOf({
        format: 'csv',
        fields: [{ name: 'user_id' }, { name: 'name' }, { name: 'app_metadata.plan' }, { name: 'blocked' }],
        metadata_columns: 'discover',
        csv: { guard: 'none' },
      })
      const [header, ...rows] = csvRows(text)
      expect(header).toEqual([
        ...['user_id', 'name', 'app_metadata.plan', 'blocked', 'user_metadata.n', 'user_metadata.team[0]'],
      ])
      expect(rows.map(([id]) => id)).toEqual(ids)
      expect(rows.filter(([, name, plan]) => name !== '' || plan !== '')).toEqual([])
      expect(rows.filter((row) => row[4] !== '').length).toBe(PEOPLE - Math.floor(PEOPLE / 5))
    })
  })
})
