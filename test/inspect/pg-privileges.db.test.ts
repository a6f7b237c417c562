import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { neededBy, privilegesFor } from '../../src/inspect/pg-privileges.ts'
import { tablesOfQuery } from '../../src/inspect/pg-query-tables.ts'
import { type Database, openDatabase } from '../../src/pg/database.ts'
import { newPostgresDatabase } from '../fixtures/postgres-database.ts'

const server = inject('postgres')

const TABLES = [
  'create schema "Auth"',
  'create table "Auth".users (id int primary key, email text, "userName" text, password_hash text)',
  'create table "Auth"."user" (id int, name text)',
  'create view "Auth".people as select id, email from "Auth".users',
]
const READS = { users: ['id', 'email', 'userName', 'gone_in_this_version'], user: ['id', 'name'] }

describe.skipIf(!('url' in server))('what a role may read', () => {
  const stops: (() => Promise<void>)[] = []
  let url: string
  let owner: Database
  beforeAll(async () => {
    if (!('url' in server)) return
    const made = await newPostgresDatabase(server.url)
    url = made.url
    owner = openDatabase({ url, connectionsMax: 1 })
    for (const statement of TABLES) await owner.query(statement)
    stops.push(made.stop, owner.stop)
  })
  afterAll(async () => {
    for (const stop of stops.reverse()) await stop()
  })

  /** A role that may do nothing yet, and its sessions. */
  async function newRole(): Promise<{ name: string; database: Database }> {
    const name = `muster_test_${randomBytes(4).toString('hex')}`
    await owner.query(`create role ${name} login password 'x'`)
    const as = new URL(url)
    as.username = name
    as.password = 'x'
    const database = openDatabase({ url: as.href, connectionsMax: 1 })
    stops.push(async () => {
      await database.stop()
      await owner.query(`drop owned by ${name}`)
      await owner.query(`drop role ${name}`)
    })
    return { name, database }
  }

  const ofPreset = (database: Database) => privilegesFor(database, neededBy(READS, 'Auth'))

  async function ofQuery(database: Database, sql: string) {
    const { tables, isDenied } = await tablesOfQuery(database, sql)
    return privilegesFor(database, tables, isDenied)
  }

  test('missing privileges are named by column, and the statements give exactly them', async () => {
    const { name, database } = await newRole()
    await owner.query(`grant select (id) on "Auth".users to ${name}`)
    const { missing, grants, may_write } = await ofPreset(database)
    expect(missing).toEqual([
      { table: '"Auth"."user"', columns: ['id', 'name'] },
      { table: '"Auth".users', columns: ['email', '"userName"'] },
    ])
    expect(grants).toEqual([
      `GRANT USAGE ON SCHEMA "Auth" TO ${name};`,
      `GRANT SELECT (id, name) ON "Auth"."user" TO ${name};`,
      `GRANT SELECT (email, "userName") ON "Auth".users TO ${name};`,
    ])
    expect(may_write).toBe(false)
    for (const statement of grants) await owner.query(statement)
    expect(await ofPreset(database)).toMatchObject({ missing: [], grants: [], row_security: [] })
    await expect(database.query('select password_hash from "Auth".users')).rejects.toThrow(
      'permission denied',
    )
  })

  test('a role that may write gets the statements for one that may only read', async () => {
    const { minimal_role: statements, may_write } = await ofPreset(owner)
    expect(may_write).toBe(true)
    const { name, database } = await newRole()
    for (const statement of statements.slice(1))
      await owner.query(statement.replaceAll('muster_reader', name))
    expect(statements[0]).toBe(`CREATE ROLE muster_reader LOGIN PASSWORD '…';`)
    expect(await ofPreset(database)).toMatchObject({ missing: [], grants: [], may_write: false })
    await expect(database.query('select * from "Auth".users')).rejects.toThrow('permission denied')
  })

  test('row-level security that hides rows needs BYPASSRLS', async () => {
    const { name, database } = await newRole()
    await owner.query('alter table "Auth".users enable row level security')
    const { grants, row_security } = await ofPreset(database)
    expect(row_security).toEqual(['"Auth".users'])
    expect(grants.at(-1)).toBe(`ALTER ROLE ${name} BYPASSRLS;`)
    expect((await ofPreset(owner)).minimal_role.at(-1)).toBe('ALTER ROLE muster_reader BYPASSRLS;')
    for (const statement of grants) await owner.query(statement)
    expect(await ofPreset(database)).toMatchObject({ grants: [], row_security: [] })
    await owner.query('alter table "Auth".users disable row level security')
  })

  test('the tables of a query are found without a run, and a view stands for the tables below', async () => {
    const sql = `with x as (select id from "Auth"."user") select p.id, 1 / (p.id - p.id) as n from "Auth".people as p, x -- end`
    expect(await tablesOfQuery(owner, sql)).toEqual({
      tables: [
        { schema: 'Auth', name: 'people', columns: null },
        { schema: 'Auth', name: 'user', columns: null },
      ],
      isDenied: false,
    })
  })

  test('the statements for a query are enough for a role that lacks a schema, or tables', async () => {
    const { name, database } = await newRole()
    const sql = 'select p.id, u.name from "Auth".people as p join "Auth"."user" as u on u.id = p.id'
    const { grants } = await ofQuery(database, sql)
    expect(grants).toEqual([
      `GRANT USAGE ON SCHEMA "Auth" TO ${name};`,
      `GRANT SELECT ON "Auth".people TO ${name};`,
      `GRANT SELECT ON "Auth"."user" TO ${name};`,
    ])
    await owner.query(grants[0] ?? '')
    expect((await ofQuery(database, sql)).grants).toEqual(grants.slice(1))
    for (const statement of grants.slice(1)) await owner.query(statement)
    expect((await ofQuery(database, sql)).grants).toEqual([])
    await expect(database.query('select from "Auth".users')).rejects.toThrow('permission denied')
  })

  test('a query that reads only columns which are granted lacks nothing', async () => {
    const { name, database } = await newRole()
    await owner.query(`grant usage on schema "Auth" to ${name}`)
    await owner.query(`grant select (id) on "Auth".users to ${name}`)
    expect((await ofQuery(database, 'select id from "Auth".users')).missing).toEqual([])
    expect((await ofQuery(database, 'select id, email from "Auth".users')).grants).toEqual([
      `GRANT SELECT ON "Auth".users TO ${name};`,
    ])
  })
})
