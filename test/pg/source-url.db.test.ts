import { randomBytes } from 'node:crypto'
import { expect, inject, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../src/pg/database.ts'
import { sourceUrl } from '../../src/pg/source-url.ts'
import { newPostgresDatabase } from '../fixtures/postgres-database.ts'

const server = inject('postgres')

test.skipIf('missing' in server)(
  'P42 a source whose rows are hidden from the role is refused, and not cut',
  async () => {
    if (!('url' in server)) return
    const made = await newPostgresDatabase(server.url)
    onTestFinished(made.stop)
    const role = `reader_${randomBytes(6).toString('hex')}`
    const owner = openDatabase({ url: made.url, connectionsMax: 1 })
    await owner.query(`create role ${role} login password 'reader'`)
    await owner.query('create table people (id bigint primary key)')
    await owner.query('insert into people select generate_series(1, 3)')
    await owner.query('alter table people enable row level security')
    await owner.query('create policy one_row on people using (id = 1)')
    await owner.query(`grant select on people to ${role}`)
    const url = new URL(made.url)
    url.username = role
    url.password = 'reader'
    const plain = openDatabase({ url: url.href, connectionsMax: 1 })
    const source = openDatabase({
      url: sourceUrl(url.href, { statementSeconds: 10, idleSeconds: 10 }),
      connectionsMax: 1,
    })
    expect(await plain.query('select id from people')).toHaveLength(1)
    await expect(source.query('select id from people')).rejects.toThrow(/row-level security/)
    await Promise.all([plain.stop(), source.stop()])
    await owner.query(`drop owned by ${role}`)
    await owner.query(`drop role ${role}`)
    await owner.stop()
  },
)
