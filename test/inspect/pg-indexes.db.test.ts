import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { helpfulIndexes } from '../../src/inspect/pg-indexes.ts'
import { type Database, openDatabase } from '../../src/pg/database.ts'
import { findUsers } from '../../src/relations/find-users.ts'
import { findOwnUsers } from '../../src/relations/own-tables.ts'
import { PRESETS } from '../../src/relations/presets.ts'
import { sourceRelation } from '../../src/relations/source-relation.ts'
import { type KeycloakDatabase, newKeycloakDatabase } from '../fixtures/keycloak-database.ts'
import { newPostgresDatabase } from '../fixtures/postgres-database.ts'

const server = inject('postgres')
const statements = (indexes: readonly { statement: string }[]) => indexes.map(({ statement }) => statement)
const onTable = (what: string) => `CREATE INDEX CONCURRENTLY ON ${what};`

describe.skipIf(!('url' in server))('indexes that would help a preset', () => {
  let opened: KeycloakDatabase
  beforeAll(async () => {
    opened = await newKeycloakDatabase(6_000)
    const { database } = opened
    await database.query(`insert into credential select 'otp', id from user_entity`)
    await database.query(`insert into user_role_mapping select 'r', id from user_entity`)
  })
  afterAll(() => opened.stop())

  async function indexes() {
    const wish = { preset: 'keycloak', asked: { realm: 'main' } }
    const { users } = await findUsers(opened.database, wish, PRESETS)
    return helpfulIndexes(opened.database, sourceRelation(users, 'customers'))
  }

  test('an index is missing where PostgreSQL must read a large table for each user, and not elsewhere', async () => {
    expect(await indexes()).toEqual([])
    await opened.database.query('drop index idx_user_credential')
    expect(await indexes()).toEqual([
      {
        table: 'public.credential',
        statement: onTable('public.credential (user_id)'),
        helps: ['An export no longer reads all of this table for each user.'],
      },
    ])
    await opened.database.query(onTable('public.credential (user_id)'))
    expect(await indexes()).toEqual([])
  })

  test('a dropped index on an attribute is suggested, and PostgreSQL then uses the new one', async () => {
    await opened.database.query('drop index idx_user_email')
    const missing = statements(await indexes())
    expect(missing).toContain(onTable('public.user_entity (email)'))
    for (const statement of missing) await opened.database.query(statement)
    expect(await indexes()).toEqual([])
  })
})

describe.skipIf(!('url' in server))('indexes that would help own tables', () => {
  const stops: (() => Promise<void>)[] = []
  let database: Database
  beforeAll(async () => {
    if (!('url' in server)) return
    const made = await newPostgresDatabase(server.url)
    stops.push(made.stop)
    database = openDatabase({ url: made.url, connectionsMax: 2 })
    stops.push(database.stop)
    await database.query(
      `create table "Member" (id int, "eMail" varchar(90), joined timestamptz, born timestamp, plan text)`,
    )
    await database.query(
      `insert into "Member" select n, 'member' || n || '@example.com', now(), now(), 'pro' from generate_series(1, 6000) as n`,
    )
    await database.query('create table small as select * from "Member" limit 50')
    await database.query('create table parts (id bigint, mail text, region int) partition by list (region)')
    await database.query('create table part1 partition of parts default')
    await database.query(
      `insert into parts select n, repeat('x', 90) || n, 1 from generate_series(1, 6000) as n`,
    )
  })
  afterAll(async () => {
    for (const stop of stops.reverse()) await stop()
  })

  async function indexes(sql: string) {
    const { users } = await findOwnUsers(database, { sql, key: 'id' }, () => false)
    return helpfulIndexes(database, sourceRelation(users, 'shop'))
  }

  test.each([
    [
      'the key, lower case and the column of changes',
      `select id, "eMail" as email, joined as updated_at from "Member"`,
      ['"Member" (id)', '"Member" (lower(("eMail")::text))', '"Member" (joined)'],
    ],
    [
      'a time without zone',
      `select id, born as updated_at from "Member" where plan = 'pro'`,
      ['"Member" (id)', '"Member" (born)'],
    ],
    [
      'an expression',
      `select id::text as id, plan || '' as phone_number from "Member"`,
      ['"Member" (((id)::text))', `"Member" (((plan || ''::text)))`],
    ],
    ['a partitioned table', 'select id, mail as username from parts', ['parts (id)', 'parts (lower(mail))']],
    [
      'a join',
      'select m.id, o.plan as app from "Member" as m left join lateral (select max(plan) as plan from "Member" as p where p.id = m.id) as o on true',
      ['"Member" (id)'],
    ],
  ])('each suggested index works, and then nothing is missing: %s', async (_what, sql, expected) => {
    const missing = await indexes(sql)
    expect(statements(missing)).toEqual(expected.map((what) => onTable(`public.${what}`)))
    const made: string[] = []
    for (const { statement } of missing) {
      const plain = statement.replace(' CONCURRENTLY', '')
      await database.query(plain.replace('INDEX', `INDEX made_${made.length}`))
      made.push(`made_${made.length}`)
    }
    expect(await indexes(sql)).toEqual([])
    for (const name of made) await database.query(`drop index ${name}`)
  })

  test('a small table needs no index, and an aggregate can have none', async () => {
    expect(await indexes('select id, "eMail" as email from small')).toEqual([])
    const sql = 'select id, max("eMail") as email from "Member" group by id'
    expect(statements(await indexes(sql))).toEqual([onTable('public."Member" (id)')])
  })
})
