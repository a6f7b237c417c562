import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { addSeconds } from '../../../src/domain/clock.ts'
import { EXPORT_FORMATS, type ExportFormat, type ExportRequest } from '../../../src/domain/export-request.ts'
import { ATTRIBUTES, type Attribute } from '../../../src/domain/profile.ts'
import type { TablesWish } from '../../../src/domain/source.ts'
import { readCatalogue } from '../../../src/relations/catalogue.ts'
import { findUsers } from '../../../src/relations/find-users.ts'
import type { Preset } from '../../../src/relations/preset.ts'
import { PRESETS } from '../../../src/relations/presets.ts'
import type { Statements } from '../../../src/relations/relation.ts'
import { sourceRelation } from '../../../src/relations/source-relation.ts'
import { csvRows, exportDeps, exported, jsonLines, newExportJob } from '../../fixtures/export-harness.ts'
import { newPostgresDatabase } from '../../fixtures/postgres-database.ts'
import { assertProperty, PROPERTY_TEST_MS_MAX } from '../../fixtures/property-runs.ts'
import {
  cellOf,
  inOrder,
  openSourceDatabase,
  type SourceDatabase,
  sourceRows,
} from '../../fixtures/source-files.ts'

/** A profile as the plain reader of a test makes it: members without a value are absent. */
export type PlainProfile = { readonly user_id: string } & Readonly<Record<string, unknown>>

export interface PresetCase<User> {
  readonly preset: Preset
  /** Statements that make the product's tables, written from the facts. */
  readonly tables: string
  readonly asked: TablesWish['asked']
  /** A varied user, with every trap of the product. */
  readonly user: fc.Arbitrary<User>
  /** Adds users of the chosen tenant, and also what the preset must leave out: users of other tenants, bots, … */
  fill(database: Statements, users: readonly User[]): Promise<void>
  /** Statements that remove all users. */
  readonly empty: string
  /** The obviously right reading: a plain SELECT of each table, put together in JavaScript. */
  read(database: Statements): Promise<readonly PlainProfile[]>
  /** Paths of columns in a CSV file, in addition to the scalar attributes. */
  readonly paths: readonly string[]
  /** How many of each kind `fill` of these users must leave out. */
  leftOut(users: readonly User[]): Readonly<Record<string, number>>
}

export const CONNECTION = 'customers'

const READER = 'muster_test_reader'

const SCALARS = (Object.keys(ATTRIBUTES) as Attribute[]).filter(
  (name) => !['object', 'array'].includes(ATTRIBUTES[name].kind),
)

/** All that holds for every preset, on tables that the test makes. Skipped where no PostgreSQL can be started. */
export function testPreset<User>(kase: PresetCase<User>): void {
  const server = inject('postgres')
  const { preset } = kase
  describe.skipIf(!('url' in server))(`the preset ${preset.name}`, () => {
    const opened = openedFor(kase)
    let database: SourceDatabase
    beforeAll(async () => {
      database = await opened.open()
    })
    afterAll(() => opened.stop())

    const wish = { preset: preset.name, asked: kase.asked }
    const relationOf = async (on: Statements = database) =>
      sourceRelation((await findUsers(on, wish, PRESETS)).users, CONNECTION)

    async function textOf(request: ExportRequest, on: SourceDatabase = database): Promise<string> {
      const rows = sourceRows(on, await relationOf(on))
      return (await exported(newExportJob(request), exportDeps(on, { rows }))).text
    }

    async function refill(users: readonly User[]): Promise<readonly PlainProfile[]> {
      await runAll(database, kase.empty)
      await kase.fill(database, users)
      return inOrder(await kase.read(database))
    }

    const some = fc.array(kase.user, { maxLength: 12 })
    const sample = (numRuns = 12) => fc.sample(kase.user, { numRuns, seed: 7 })

    test('tables of the product are recognized, by this preset alone', async () => {
      const found = await findUsers(database, { preset: 'detect', asked: kase.asked }, PRESETS)
      expect(found.preset).toBe(preset.name)
    })

    test(
      'P40 a file has what the plain reader finds, as NDJSON and as CSV',
      { timeout: PROPERTY_TEST_MS_MAX },
      () =>
        assertProperty(
          fc.asyncProperty(some, async (users) => {
            const plain = await refill(users)
            for (const format of EXPORT_FORMATS)
              await SAME[format](plain, (request) => textOf(request), kase.paths)
          }),
          8,
        ),
    )

    test('the columns under `reads` are enough for a role that may read no others', async () => {
      const plain = await refill(sample())
      const { users } = await findUsers(database, wish, PRESETS)
      await opened.grantOnly(users.reads, preset.schema)
      const reader = opened.asReader()
      try {
        await SAME.json(plain, (request) => textOf(request, reader), kase.paths)
        for (const { count } of users.leftOut) await reader.query(count)
      } finally {
        await reader.stop()
      }
    })

    test('P41 no column under `reads` has a secret of the product', async () => {
      await refill(sample())
      const { users } = await findUsers(database, wish, PRESETS)
      const secret = await secretColumns(database, preset.schema)
      const names = Object.entries(users.reads).flatMap(([table, columns]) =>
        columns.map((column) => `${table}.${column}`),
      )
      expect(secret).not.toEqual([])
      expect(secret.filter((name) => names.includes(name))).toEqual([])
    })

    test('each kind that is left out is counted', async () => {
      // So many that each kind is among the other tenants' users too.
      const users = sample(100)
      await refill(users)
      const { leftOut } = (await findUsers(database, wish, PRESETS)).users
      const counted: Record<string, number> = {}
      for (const { what, count } of leftOut) {
        const [row] = await database.query<{ count: bigint }>(`select (${count})::bigint as count`)
        counted[what] = Number(row?.count)
      }
      expect(counted).toEqual(kase.leftOut(users))
    })

    test('a query finds users by user_id and by each text that has an index', async () => {
      const plain = await refill(sample())
      const { users } = await findUsers(database, wish, PRESETS)
      const names = ['user_id', ...users.indexed.filter((name) => ATTRIBUTES[name].kind === 'text')]
      for (const name of names) {
        for (const wanted of new Set(plain.map((profile) => profile[name]))) {
          if (typeof wanted !== 'string' || wanted === '') continue
          const fields = [{ name: 'user_id' }]
          const text = await textOf({ format: 'json', fields, q: `${name}:${JSON.stringify(wanted)}` })
          const same = plain.filter((profile) => sameText(profile[name], wanted, name))
          expect(idsOf(jsonLines(text)), `${name} ${wanted}`).toEqual(idsOf(same))
        }
      }
      expect(await textOf({ format: 'json', q: 'user_id:"auth0|nobody"' })).toBe('')
    })

    test('since finds users whose changed column is at most a minute earlier', async () => {
      const plain = await refill(sample())
      const { changes, from } = await relationOf()
      if (changes === undefined) return
      for (const { updated_at: updatedAt } of plain) {
        const moment = addSeconds(new Date(String(updatedAt)), 60)
        const isChanged = changes.isChanged({ kind: 'clock', moment })
        const rows = await database.query<{ user_id: string }>(
          `select user_id from ${from} where ${isChanged}`,
        )
        const same = plain.filter((profile) => String(profile['updated_at']) >= String(updatedAt))
        expect(idsOf(rows), String(updatedAt)).toEqual(idsOf(same))
      }
    })

    test('each column has the type of its attribute', async () => {
      await refill(sample())
      const { columns } = (await findUsers(database, wish, PRESETS)).users
      const { from } = await relationOf()
      const types = Object.keys(columns).map((name) => `pg_typeof(${name})::text as ${name}`)
      const [row] = await database.query<Record<string, string>>(
        `select ${types.join(', ')} from (select 1) as one left join lateral (select * from ${from} limit 1) as users on true`,
      )
      for (const [name, type] of Object.entries(row ?? {})) expect(TYPES[kindOf(name)], name).toContain(type)
    })
  })
}

/** `table.column` of each column in which `fill` wrote `never read`, also inside JSON. */
async function secretColumns(database: Statements, schema: string): Promise<readonly string[]> {
  const { tables } = await readCatalogue(database, schema)
  const found: string[] = []
  for (const [table, columns] of tables) {
    const each = [...columns.keys()].map(
      (name) => `bool_or("${name}"::text like '%never read%') as "${name}"`,
    )
    const [row = {}] = await database.query<Record<string, boolean | null>>(
      `select ${each.join(', ')} from ${schema}."${table}"`,
    )
    found.push(...Object.keys(row).flatMap((name) => (row[name] === true ? [`${table}.${name}`] : [])))
  }
  return found
}

const TYPES = {
  text: ['text', 'character varying'],
  boolean: ['boolean'],
  integer: ['bigint', 'integer', 'smallint'],
  moment: ['text'],
  object: ['jsonb'],
  array: ['jsonb'],
}

function kindOf(name: string): keyof typeof TYPES {
  return name === 'extra' ? 'object' : ATTRIBUTES[name as Attribute].kind
}

type TextOf = (request: ExportRequest) => Promise<string>

const SAME: Readonly<
  Record<
    ExportFormat,
    (plain: readonly PlainProfile[], textOf: TextOf, paths: readonly string[]) => Promise<void>
  >
> = {
  json: async (plain, textOf) => {
    const extra = plain.flatMap((profile) =>
      Object.keys(profile).filter((name) => !Object.hasOwn(ATTRIBUTES, name)),
    )
    const names = [...Object.keys(ATTRIBUTES), ...new Set(extra)]
    const text = await textOf({ format: 'json', fields: names.map((name) => ({ name })) })
    expect(inOrder(jsonLines(text) as unknown as PlainProfile[])).toEqual(plain)
  },
  csv: async (plain, textOf, paths) => {
    const names = [...SCALARS, 'identities[0].connection', 'identities[0].user_id']
    const room = Math.max(0, 30 - names.length)
    const chosen = [...names, ...paths.slice(0, room)]
    const fields = chosen.map((name) => ({ name }))
    const text = await textOf({ format: 'csv', fields, csv: { guard: 'none' } })
    const [header, ...rows] = csvRows(text)
    expect(header).toEqual(chosen)
    const byId = (a: readonly string[], b: readonly string[]): number => compare(a[0] ?? '', b[0] ?? '')
    expect(rows.sort(byId)).toEqual(plain.map((profile) => chosen.map((name) => cellOf(profile, name))))
  },
}

function sameText(value: unknown, wanted: string, name: string): boolean {
  if (typeof value !== 'string') return false
  return name === 'user_id' ? value === wanted : value.toLowerCase() === wanted.toLowerCase()
}

function idsOf(profiles: readonly Readonly<Record<string, unknown>>[]): readonly string[] {
  return profiles.map((profile) => String(profile['user_id'])).sort(compare)
}

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

async function runAll(database: Statements, statements: string): Promise<void> {
  for (const statement of statements.split(';')) if (statement.trim() !== '') await database.query(statement)
}

function openedFor({ tables }: { readonly tables: string }) {
  const stops: (() => Promise<void>)[] = []
  let url = ''
  let database: SourceDatabase
  return {
    open: async () => {
      const server = inject('postgres')
      if (!('url' in server)) throw new Error('this run has no PostgreSQL')
      const made = await newPostgresDatabase(server.url)
      stops.push(made.stop)
      url = made.url
      database = openSourceDatabase(url)
      stops.push(database.stop)
      await runAll(database, tables)
      return database
    },
    grantOnly: async (reads: Readonly<Record<string, readonly string[]>>, schema: string) => {
      // Roles are the server's, and other tests may make the same one at the same time.
      await database
        .query(`create role ${READER} login password 'reader'`)
        .catch((error: Error) => expect(error.message).toMatch(/already exists|duplicate key/))
      await database.query(`grant usage on schema ${schema} to ${READER}`)
      for (const [table, columns] of Object.entries(reads)) {
        const names = columns.map((column) => `"${column}"`).join(', ')
        await database.query(`grant select (${names}) on ${schema}."${table}" to ${READER}`)
      }
    },
    asReader: () => {
      const reader = new URL(url)
      reader.username = READER
      reader.password = 'reader'
      return openSourceDatabase(reader.href)
    },
    stop: async () => {
      for (const stop of stops.reverse()) await stop()
    },
  }
}

/** Adds rows of the same members; columns that they do not name get their defaults. */
export async function insertRows(
  database: Statements,
  table: string,
  rows: readonly Readonly<Record<string, unknown>>[],
): Promise<void> {
  const [first] = rows
  if (first === undefined) return
  const columns = Object.keys(first)
    .map((name) => `"${name}"`)
    .join(', ')
  await database.query(
    `insert into ${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::${table}, $1::jsonb)`,
    [JSON.stringify(rows)],
  )
}

/** The order of bytes, in which presets write lists. */
export function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
