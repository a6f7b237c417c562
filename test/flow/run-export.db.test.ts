import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { DEFAULT_FIELDS } from '../../src/domain/export-request.ts'
import { type FieldPath, parseFieldPath } from '../../src/domain/field-path.ts'
import type { Amounts } from '../../src/domain/job.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import { ATTRIBUTES, isAttribute, type Profile } from '../../src/domain/profile.ts'
import { readJson } from '../../src/domain/read-json.ts'
import { runExport } from '../../src/flow/run-export.ts'
import type { RowSource } from '../../src/rows/row-source.ts'
import { pgUserStore } from '../../src/users/pg-user-store.ts'
import { ENGINES, type EngineDatabase } from '../fixtures/engines.ts'
import {
  csvRows,
  exportDeps,
  exported,
  jsonLines,
  newExportJob,
  valueAtPath,
} from '../fixtures/export-harness.ts'
import { addUser as addUserTo, connection, openExportTenant, other } from '../fixtures/export-tenant.ts'
import { memoryObjectStore } from '../fixtures/memory-object-store.ts'
import { givenWith, plainKey } from '../fixtures/nasty-profiles.ts'
import { newReceipt } from '../fixtures/receipts.ts'

describe.each(ENGINES)('an export on $name', (engine) => {
  let database: EngineDatabase
  let stop: () => Promise<void>
  beforeAll(async () => {
    ;({ database, stop } = await openExportTenant(engine))
  })
  afterAll(() => stop())
  beforeEach(() => database.query('delete from muster.users'))

  const addUser = (given: JsonObject, to = connection) => addUserTo(database, given, to)

  async function addUsers(count: number, to = connection): Promise<Profile[]> {
    const users: Profile[] = []
    for (let index = 0; index < count; index++) {
      users.push(await addUser({ email: `${to.name}${index}@example.com`.toLowerCase() }, to))
    }
    return users
  }

  test('P8 any field of any profile comes out guarded in CSV, and in NDJSON as GET shows the user', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(profileWithPaths, { minLength: 1, maxLength: 5 }), async (drawn) => {
        await database.query('delete from muster.users')
        const profiles: Profile[] = []
        for (const { given } of drawn) profiles.push(await addUser(given))
        const names = [...new Set(drawn.flatMap(({ paths }) => paths))].slice(0, 29)
        const fields = ['user_id', ...names].map((name) => ({ name }))
        const csv = csvRows(
          (await exported(newExportJob({ format: 'csv', fields }), exportDeps(database))).text,
        )
        const lines = jsonLines(
          (await exported(newExportJob({ format: 'json', fields }), exportDeps(database))).text,
        )
        expect(csv).toHaveLength(profiles.length + 1)
        profiles.forEach((profile, index) => {
          const values = fields.map(({ name }) => valueAtPath(profile, parseFieldPath(name) as FieldPath))
          fields.forEach(({ name }, column) => {
            expectCell(csv[index + 1]?.[column], values[column], name)
          })
          const present = fields.flatMap(({ name }, column) =>
            values[column] === undefined ? [] : [[name, values[column]]],
          )
          expect(lines[index]).toEqual(Object.fromEntries(present))
        })
      }),
      { numRuns: engine.name === 'embedded' ? 40 : 80 },
    )
  })

  test('an export has the users in the order in which they were added, and a limit takes the first', async () => {
    const users = await addUsers(9)
    const all = await exported(
      newExportJob({ format: 'json', fields: [{ name: 'user_id' }] }),
      exportDeps(database),
    )
    expect(jsonLines(all.text).map((line) => line['user_id'])).toEqual(users.map((user) => user.user_id))
    expect(all.receipt.rows).toBe(9)
    const some = await exported(
      newExportJob({ format: 'csv', limit: 4, fields: [{ name: 'email' }] }),
      exportDeps(database),
    )
    expect(csvRows(some.text)).toEqual([['email'], ...users.slice(0, 4).map((user) => [`'${user['email']}`])])
  })

  test.each(['csv', 'json'] as const)(
    'ranges larger than the buffers are read in turn, as %s',
    async (format) => {
      const text = (n: number): string =>
        createHash('shake256', { outputLength: 20_000 }).update(`${n}`).digest('hex')
      for (let n = 0; n < 12; n++)
        await addUser({ email: `${n}@example.com`, user_metadata: { text: text(n) } })
      const fields = [{ name: 'email' }, { name: 'user_metadata.text' }]
      const { text: file, receipt } = await exported(newExportJob({ format, fields }), exportDeps(database))
      expect(receipt.rows).toBe(12)
      for (let n = 0; n < 12; n++) expect(file).toContain(text(n))
    },
  )

  test('an export of one connection has its users and no others', async () => {
    const mine = await addUsers(3)
    await addUsers(3, other)
    const file = await exported(
      newExportJob({ format: 'json', limit: 100 }, connection.id),
      exportDeps(database),
    )
    expect(jsonLines(file.text).map((line) => line['user_id'])).toEqual(mine.map((user) => user.user_id))
  })

  test('an export without users is a header in CSV, nothing in NDJSON, and valid gzip in both', async () => {
    const csv = await exported(
      newExportJob({ format: 'csv', fields: [{ name: 'email', export_as: 'E-mail' }] }),
      exportDeps(database),
    )
    const json = await exported(newExportJob({ format: 'json' }), exportDeps(database))
    expect([csv.text, json.text]).toEqual(['E-mail\n', ''])
    expect([csv.receipt.unpackedBytes, json.receipt.unpackedBytes]).toEqual([7, 0])
  })

  test('P22 the receipt has the sizes and SHA-256 of the stored file, its columns, both counts and the timestamp of its snapshot', async () => {
    await addUsers(5)
    const { packed, text, receipt } = await exported(newExportJob({ format: 'csv' }), exportDeps(database))
    const snapshotAt = expect.stringMatching(/^2026-01-01T00:00:\d\d\.\d{3}Z$/)
    expect(receipt).toEqual({
      rows: 5,
      counted: 5,
      bytes: packed.length,
      unpackedBytes: Buffer.byteLength(text),
      columns: DEFAULT_FIELDS,
      snapshotAt,
      sha256: createHash('sha256').update(packed).digest('hex'),
      until: receipt.snapshotAt,
    })
  })

  test('a missing value alone in its line is written as a cell, not as an empty line', async () => {
    await addUsers(3)
    for (const name of ['given_name', 'user_metadata.a', 'blocked', 'last_login', 'email.x']) {
      const { text } = await exported(
        newExportJob({ format: 'csv', fields: [{ name }] }),
        exportDeps(database),
      )
      expect(csvRows(text), name).toEqual([[name], [''], [''], ['']])
      expect(text).not.toContain('\n\n')
    }
  })

  test('a JSON line has hundreds of fields, and a repeated heading once', async () => {
    const profile = await addUser({ email: 'a@example.com', user_metadata: { n: 1 } })
    const many = Array.from({ length: 250 }, (_, index) => ({
      name: 'user_metadata.n',
      export_as: `f${index}`,
    }))
    const twice = [
      { name: 'email', export_as: 'x' },
      { name: 'user_metadata.none', export_as: 'x' },
    ]
    const { text } = await exported(
      newExportJob({ format: 'json', fields: [...many, ...twice] }),
      exportDeps(database),
    )
    const [line = {}] = jsonLines(text)
    expect(Object.keys(line)).toHaveLength(251)
    expect(line['x']).toBe(profile['email'])
    expect(text.match(/"x":/g)).toHaveLength(1)
  })

  test('a field’s name or heading never reaches the database as SQL', async () => {
    await addUser({ email: 'a@example.com', "it's": { 'a"b\\': 1 } })
    const names = ['it\'s.a"b\\', "'; drop table muster.users; --", '\\', "x') to stdout; --", '$1', 'é😀']
    const fields = names.map((name) => ({ name, export_as: `${name}'"\\` }))
    const { text } = await exported(newExportJob({ format: 'json', fields }), exportDeps(database))
    expect(jsonLines(text)).toEqual([{ [`it's.a"b\\'"\\`]: 1 }])
    // A guard would change some of them.
    const plain = { format: 'csv', fields, csv: { guard: 'none' } } as const
    const csv = await exported(newExportJob(plain), exportDeps(database))
    expect(csvRows(csv.text)[0]?.slice(1)).toEqual(fields.slice(1).map((field) => field.export_as))
  })

  test('P2 P4 a failure at any step leaves the whole file or nothing visible', async () => {
    await addUsers(9)
    for (let step = 1; ; step++) {
      const objects = memoryObjectStore()
      const deps = exportDeps(database, { objects, rows: failingAt(step, exportDeps(database).rows) })
      const isDone = await exported(newExportJob({ format: 'csv' }), deps).then(
        () => true,
        (error: Error) => expect(error.message).toBe('broken on purpose') === undefined && false,
      )
      expect(objects.visibleObjects()).toHaveLength(isDone ? 1 : 0)
      if (isDone) break
    }
    // Nothing that failed has left a connection in a transaction or kept one.
    expect(await Promise.all(Array.from({ length: 12 }, () => database.query('select 1')))).toHaveLength(12)
  })

  test('P2 a file with more or fewer users than the database counted never becomes visible', async () => {
    await addUsers(6)
    const objects = memoryObjectStore()
    const { rows } = exportDeps(database)
    const miscounting: RowSource = {
      open: async (plan, signal) => {
        const snapshot = await rows.open(plan, signal)
        return { ...snapshot, counts: () => ({ ...snapshot.counts(), counted: 7 }) }
      },
    }
    const attempt = exported(
      newExportJob({ format: 'csv' }),
      exportDeps(database, { objects, rows: miscounting }),
    )
    await expect(attempt).rejects.toMatchObject({ code: 'rows_miscounted' })
    expect(objects.visibleObjects()).toEqual([])
  })

  test('P28 an export reports users and bytes that grow up to those of its file', async () => {
    await addUsers(9)
    const reports: (readonly [number, Amounts | undefined])[] = []
    const run = {
      fence: 1,
      signal: new AbortController().signal,
      report: (fraction: number, amounts?: Amounts) => void reports.push([fraction, amounts]),
    }
    const outcome = await runExport(newExportJob({ format: 'csv' }), exportDeps(database), run)
    const { bytes, rows: users } = outcome.kind === 'exported' ? outcome.receipt : newReceipt()
    expect(reports.at(-1)).toEqual([1, { users, total: 9, bytes }])
    const grown = [...reports].sort(([, a], [, b]) => (a?.users ?? 0) - (b?.users ?? 0))
    expect(reports).toEqual(grown)
    const early = reports.find(([fraction]) => fraction < 1)
    expect(early?.[0]).toBe((early?.[1]?.users ?? 0) / 9)
  })

  test('P4 an export that is stopped half way ends its reads and leaves nothing', async () => {
    await addUsers(9)
    const objects = memoryObjectStore()
    const abort = new AbortController()
    const run = { fence: 1, signal: abort.signal, report: () => abort.abort() }
    await expect(
      runExport(newExportJob({ format: 'csv' }), exportDeps(database, { objects }), run),
    ).rejects.toThrow()
    expect(objects.visibleObjects()).toEqual([])
    expect(await database.query('select 1 as one')).toEqual([{ one: 1 }])
  })

  test.runIf(engine.name === 'postgres')(
    'P1 an export shows one snapshot, without users added, deleted or changed during the export',
    async () => {
      const users = await addUsers(12)
      const store = pgUserStore(database)
      const { rows } = exportDeps(database)
      const disturbed: RowSource = {
        open: async (plan, signal) => {
          const snapshot = await rows.open(plan, signal)
          for (const user of users.slice(0, 6)) await store.remove(user.user_id)
          for (const user of users.slice(6)) {
            await store.change(user.user_id, (present) => ({
              profile: { ...present, name: 'changed' } as Profile,
            }))
          }
          await addUser({ email: 'late@example.com' })
          return snapshot
        },
      }
      const fields = [{ name: 'user_id' }, { name: 'name' }]
      const { text, receipt } = await exported(
        newExportJob({ format: 'json', fields }),
        exportDeps(database, { rows: disturbed }),
      )
      expect(jsonLines(text)).toEqual(users.map((user) => ({ user_id: user.user_id, name: user['name'] })))
      expect(receipt.rows).toBe(12)
    },
  )

  test.runIf(engine.name === 'postgres')(
    'P4 an export whose connections are cut fails, leaves nothing, and succeeds in the next run',
    async () => {
      await addUsers(9)
      const objects = memoryObjectStore()
      const { rows } = exportDeps(database)
      // Before a range is read: a range of few users is read before PostgreSQL has ended the sessions.
      const cut: RowSource = {
        open: async (plan, signal) => {
          const snapshot = await rows.open(plan, signal)
          await database.query(
            `select pg_terminate_backend(pid, 10_000) from pg_stat_activity
             where datname = current_database() and pid <> pg_backend_pid() and state like 'idle in%'`,
          )
          return snapshot
        },
      }
      const attempt = exported(newExportJob({ format: 'csv' }), exportDeps(database, { objects, rows: cut }))
      await expect(attempt).rejects.toMatchObject({ code: 'database_unavailable' })
      expect(objects.visibleObjects()).toEqual([])
      const again = await exported(newExportJob({ format: 'csv' }), exportDeps(database, { objects }))
      expect(again.receipt.rows).toBe(9)
    },
  )

  test('P1 a user who exists during the whole export is in the file once, during other writes', async () => {
    const users = await addUsers(12)
    const staying = users.filter((_, index) => index % 3 !== 0)
    const { rows } = exportDeps(database)
    const disturbed: RowSource = {
      open: async (plan, signal) => {
        const snapshot = await rows.open(plan, signal)
        for (const user of users.filter((_, index) => index % 3 === 0))
          await pgUserStore(database).remove(user.user_id)
        await addUser({ email: 'late@example.com' })
        return snapshot
      },
    }
    const { text } = await exported(
      newExportJob({ format: 'json' }),
      exportDeps(database, { rows: disturbed }),
    )
    const ids = jsonLines(text).map((line) => line['user_id'])
    expect(new Set(ids).size).toBe(ids.length)
    for (const user of staying) expect(ids).toContain(user.user_id)
  })
})

// Fails at the nth thing asked of the row source: opening, reading a range, or any chunk of one.
function failingAt(step: number, rows: RowSource): RowSource {
  let count = 0
  const next = (): void => {
    if (++count === step) throw new Error('broken on purpose')
  }
  return {
    open: async (plan, signal) => {
      next()
      const snapshot = await rows.open(plan, signal)
      return {
        ...snapshot,
        async *read(range) {
          next()
          for await (const chunk of snapshot.read(range)) {
            yield chunk
            next()
          }
        },
      }
    },
  }
}

const profileWithPaths = givenWith(plainKey).chain((given) => {
  const known = Object.keys(ATTRIBUTES).filter((name) => name !== 'user_id')
  const drawn = fc.oneof(
    fc.constantFrom(...allPaths(given)),
    fc.constantFrom(...known, 'identities[0].user_id', 'nothing.here[3]'),
  )
  const sound = drawn.filter(
    (path) => [...path].length <= 100 && !/^(user_metadata|app_metadata|identities)$/.test(path),
  )
  return fc.record({ given: fc.constant(given), paths: fc.array(sound, { minLength: 1, maxLength: 5 }) })
})

// Every path into a value, arrays both as [n] and as .n, and one step past the end of each.
function allPaths(value: unknown, at = ''): string[] {
  if (typeof value !== 'object' || value === null) return at === '' ? [] : [at, `${at}.beyond`, `${at}[0]`]
  const inside = Object.entries(value).flatMap(([name, member]) => {
    const steps = Array.isArray(value)
      ? [`${at}[${name}]`, `${at}.${name}`]
      : [at === '' ? name : `${at}.${name}`]
    return steps.flatMap((step) => allPaths(member, step))
  })
  return at === '' ? inside : [at, `${at}.-1`, `${at}.01`, `${at}[7]`, ...inside]
}

function expectCell(cell: string | undefined, value: unknown, name: string): void {
  const isMoment = isAttribute(name) && ATTRIBUTES[name].kind === 'moment'
  if (value === undefined || value === null) expect(cell, name).toBe('')
  else if (typeof value === 'string') expect(cell, name).toBe(isMoment ? value : `'${value}`)
  else if (typeof value === 'number') expect(Number(cell), name).toBe(value === 0 ? 0 : value)
  else if (typeof value === 'boolean') expect(cell, name).toBe(String(value))
  else {
    expect(cell?.[0], name).toBe("'")
    expect(readJson(cell?.slice(1) ?? ''), name).toEqual(value)
    const outsideStrings = cell?.slice(1).replace(/"(?:[^"\\]|\\.)*"/g, '')
    expect(outsideStrings, `${name} is compact`).not.toMatch(/\s/)
  }
}
