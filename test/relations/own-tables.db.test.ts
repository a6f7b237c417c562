import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { DEFAULT_FIELDS, type ExportRequest } from '../../src/domain/export-request.ts'
import { type Database, openDatabase } from '../../src/pg/database.ts'
import { findOwnUsers } from '../../src/relations/own-tables.ts'
import { sourceRelation } from '../../src/relations/source-relation.ts'
import { openShared } from '../../src/rows/pg/shared-snapshot.ts'
import { pgRowSource } from '../../src/rows/pg-row-source.ts'
import { tickingClock } from '../fixtures/clock.ts'
import { exportDeps, exported, jsonLines, newExportJob } from '../fixtures/export-harness.ts'
import { newPostgresDatabase } from '../fixtures/postgres-database.ts'

const server = inject('postgres')

const QUERY = `
  -- The members of the shop.
  select id, mail as email, confirmed as email_verified, first as "given_name", joined as created_at, changed as updated_at,
    settings as user_metadata, plan, born as "birth.date", visits as logins_count
  from member where not is_bot; -- no bots
`.replace('; -- no bots', ' -- no bots')

describe.skipIf(!('url' in server))('own tables by a query', () => {
  const stops: (() => Promise<void>)[] = []
  let database: Database
  beforeAll(async () => {
    if (!('url' in server)) return
    const made = await newPostgresDatabase(server.url)
    stops.push(made.stop)
    database = openDatabase({ url: made.url, connectionsMax: 5 })
    stops.push(database.stop)
    await database.query(`create table member (
      id int primary key, mail varchar(50), confirmed boolean, first text, joined date, changed timestamptz, settings json, plan text,
      born date, visits smallint, is_bot boolean, secret_token text)`)
    await database.query(`insert into member values
      (3, 'Ada@example.com', true, 'Ada', '2026-01-02', '2026-02-01T00:00:00Z', '{"a":[1]}', 'pro', '1815-12-10', 4, false, 'x'),
      (-7, null, null, null, null, '2026-03-01T00:00:00.5Z', null, null, null, null, false, 'x'),
      (1, 'bot@example.com', true, null, null, now(), null, null, null, null, true, 'x')`)
  })
  afterAll(async () => {
    for (const stop of stops.reverse()) await stop()
  })

  const find = (sql: string, key = 'id') =>
    findOwnUsers(database, { sql, key }, (name) => /secret/.test(name))

  async function linesOf(sql: string, request: Partial<ExportRequest> = {}, key = 'id') {
    const relation = sourceRelation((await find(sql, key)).users, 'shop')
    const rows = pgRowSource(database, tickingClock, {
      relation,
      parallel: 2,
      usersPerRange: 1,
      openSnapshot: openShared,
    })
    const names = [
      'user_id',
      'email',
      'email_verified',
      'given_name',
      'created_at',
      'updated_at',
      'logins_count',
    ]
    const all = [...names, 'user_metadata', 'plan', 'birth.date', 'identities']
    const job = newExportJob({ format: 'json', fields: all.map((name) => ({ name })), ...request })
    return jsonLines(
      (await exported(job, exportDeps({ ...database, openSnapshot: openShared }, { rows }))).text,
    )
  }

  test('P44 columns named as attributes are attributes, and other columns are root attributes', async () => {
    const identities = (id: string) => [
      { user_id: id, provider: 'auth0', connection: 'shop', isSocial: false },
    ]
    expect(await linesOf(QUERY)).toEqual([
      { user_id: 'auth0|-7', updated_at: '2026-03-01T00:00:00.500Z', identities: identities('-7') },
      {
        user_id: 'auth0|3',
        email: 'Ada@example.com',
        email_verified: true,
        given_name: 'Ada',
        created_at: '2026-01-02T00:00:00.000Z',
        updated_at: '2026-02-01T00:00:00.000Z',
        logins_count: 4,
        user_metadata: { a: [1] },
        plan: 'pro',
        'birth.date': '1815-12-10',
        identities: identities('3'),
      },
    ])
  })

  test('the fields of an export that names none can be written, also the members of the own identity', async () => {
    const own = ['connection', 'provider', 'user_id', 'isSocial'].map((name) => ({
      name: `identities[0].${name}`,
    }))
    const fields = [...DEFAULT_FIELDS.map((name) => ({ name })), ...own]
    const [line] = await linesOf(QUERY, { fields })
    expect(line).toEqual({
      user_id: 'auth0|-7',
      updated_at: '2026-03-01T00:00:00.500Z',
      'identities[0].connection': 'shop',
      'identities[0].provider': 'auth0',
      'identities[0].user_id': '-7',
      'identities[0].isSocial': false,
    })
  })

  test('filters, sorts and since work on the columns of the query', async () => {
    const ids = async (request: Partial<ExportRequest>) =>
      (await linesOf(QUERY, request)).map((line) => line['user_id'])
    expect(await ids({ q: 'email:ada@EXAMPLE.com AND plan:pro' })).toEqual(['auth0|3'])
    expect(await ids({ q: 'user_id:"auth0|-7"' })).toEqual(['auth0|-7'])
    expect(await ids({ sort: 'updated_at:1' })).toEqual(['auth0|3', 'auth0|-7'])
    expect(await ids({ since: '2026-02-15T00:00:00Z', deletions: 'ignore' })).toEqual(['auth0|-7'])
    // The users of the minute before are repeated.
    expect(await ids({ since: '2026-03-01T00:01:00Z', deletions: 'ignore' })).toEqual(['auth0|-7'])
    expect(await ids({ since: '2026-03-01T00:02:00Z', deletions: 'ignore' })).toEqual([])
  })

  test.each([
    ['uuid', 'md5(id::text)::uuid'],
    ['text', `'m-' || id`],
  ])('a key of type %s is the id of the user', async (_type, key) => {
    const sql = `select ${key} as member_key, mail as email from member`
    const lines = await linesOf(sql, {}, 'member_key')
    const rows = await database.query<{ id: string }>(`select ${key} as id from member order by 1`)
    expect(lines.map((line) => line['user_id'])).toEqual(rows.map(({ id }) => `auth0|${id}`))
  })

  test('P44 everything that is wrong with a query is reported at once', async () => {
    const wrong = find(
      `select id, joined as email_verified, visits as created_at, plan as user_metadata, 'x' as user_id, secret_token from member`,
      'number',
    )
    await expect(wrong).rejects.toMatchObject({ code: 'source_unusable' })
    const message = await wrong.then(String, String)
    for (const complaint of [
      'email_verified: expected a column of type boolean; came: date',
      'created_at: expected a column of type timestamp with time zone; came: smallint',
      'user_metadata: expected a column of type jsonb; came: text',
      'user_id is made of the key',
      'secret_token looks like a secret',
      'the query has no column number',
    ])
      expect(message).toContain(complaint)
  })

  test('P44 a key that comes twice, is missing or has another type is refused', async () => {
    await expect(find('select plan as id from member')).rejects.toThrow('null, or has a value twice')
    await expect(find('select is_bot as id from member')).rejects.toThrow(
      'expected bigint, uuid or text; came: boolean',
    )
    await expect(find(`select null::text as id`)).rejects.toThrow('null, or has a value twice')
  })

  test('a query that would write is refused by PostgreSQL', async () => {
    for (const sql of [
      'with gone as (delete from member returning id) select id from gone',
      'delete from member',
    ])
      await expect(find(sql)).rejects.toThrow()
    expect((await database.query('select from member')).length).toBe(3)
  })
})
