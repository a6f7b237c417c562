import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { filterSql } from '../../src/search/filter-sql.ts'
import { parseQuery } from '../../src/search/parse-query.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'

describe.each(ENGINES)('filters on $name', (engine) => {
  let db: TestDatabase
  beforeAll(async () => {
    db = await withDatabase(engine)
  })
  afterAll(() => db.stop())

  test.each([
    '* a a* *abc',
    'email:jo* email:jo*x email:[a TO b] email.domain:x* email.domain:x _exists_:email.domain',
    'name:(jo* OR "x" OR [a TO b} OR *abc) last_ip:>1 blocked:true',
    'created_at:[2017 TO 9999] logins_count:>5 NOT _exists_:foo',
    'app_metadata.a:5 app_metadata.b:true app_metadata.c:x* app_metadata.d:[1 TO 5] identities.x.y:1',
    'app_metadata.a\\"b:"x\\"y"',
  ])('%s is SQL, its values parameters or settings', async (text) => {
    const filter = parseQuery(text)
    if ('problem' in filter) throw new Error(filter.problem)
    const values: string[] = []
    const sql = filterSql(filter, (value) => `$${values.push(value)}`)
    expect(await db.database.query(`select user_id from muster.users where ${sql}`, values)).toEqual([])
    const session = await db.database.connect()
    for (const [index, value] of values.entries())
      await session.query(`select set_config('muster.p${index + 1}', $1, false)`, [value])
    const settings = filterSql(filter, setting())
    expect(await session.query(`select user_id from muster.users where ${settings}`)).toEqual([])
    session.release()
  })
})

function setting(): () => string {
  let count = 0
  return () => `current_setting('muster.p${++count}')`
}
