import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '../../src/domain/connection.ts'
import type { ExportRequest } from '../../src/domain/export-request.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'
import { exportDeps, exported, newExportJob } from '../fixtures/export-harness.ts'
import { emptyTenant, importDeps, imported } from '../fixtures/import-harness.ts'

const CLAIMS = ['https://example.com/dept', 'urn:oid:2.5.4.42', 'http://x.io/claims/a..b[']
const USERS = [
  {
    user_id: 'auth0|1',
    email: 'a@x.io',
    [CLAIMS[0] as string]: 'R&D',
    [CLAIMS[1] as string]: 'Jane',
    [CLAIMS[2] as string]: 5,
    'company.dept': 'Sales',
    company: { dept: 'never seen', 'a.b': 1 },
  },
  { user_id: 'auth0|2', email: 'b@x.io', company: { dept: 'IT', list: [1] } },
  { user_id: 'auth0|3', email: 'c@x.io', 'company.dept': null, company: { dept: 'HR' } },
]

describe.each(ENGINES)('attributes whose own names have dots, on $name', (engine) => {
  let opened: TestDatabase
  let connection: Connection

  beforeAll(async () => {
    opened = await withDatabase(engine)
  })
  afterAll(() => opened.stop())
  beforeEach(async () => {
    connection = await emptyTenant(opened.database)
  })

  async function taken(file: string, format: 'ndjson' | 'csv'): Promise<void> {
    const job = { connection, file, request: { format, preserve: true } }
    expect(await imported(job, importDeps(opened.database))).toMatchObject({ errors: [] })
  }
  async function exportOf(request: Omit<ExportRequest, 'fields'>, ...names: string[]): Promise<string> {
    const fields = names.map((name) => ({ name }))
    return (await exported(newExportJob({ ...request, fields }), exportDeps(opened.database))).text
  }
  const ndjson = USERS.map((user) => JSON.stringify(user)).join('\n')

  test('an attribute with dots in its name is exported under that name, and a name that no user has is a path', async () => {
    await taken(ndjson, 'ndjson')
    expect(await exportOf({ format: 'csv' }, 'user_id', ...CLAIMS, 'company.dept', 'company.list[0]')).toBe(
      [
        'user_id,https://example.com/dept,urn:oid:2.5.4.42,http://x.io/claims/a..b[,company.dept,company.list[0]',
        `"'auth0|1","'R&D","'Jane",5,"'Sales",`,
        `"'auth0|2",,,,"'IT",1`,
        `"'auth0|3",,,,"'HR",`,
        '',
      ].join('\n'),
    )
    const lines = (await exportOf({ format: 'json' }, 'user_id', ...CLAIMS, 'company.dept'))
      .trim()
      .split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        user_id: 'auth0|1',
        [CLAIMS[0] as string]: 'R&D',
        [CLAIMS[1] as string]: 'Jane',
        [CLAIMS[2] as string]: 5,
        'company.dept': 'Sales',
      },
      { user_id: 'auth0|2', 'company.dept': 'IT' },
      { user_id: 'auth0|3', 'company.dept': 'HR' },
    ])
  })

  test('P14 an attribute that is a claim comes back unchanged from a CSV file', async () => {
    await taken(ndjson, 'ndjson')
    const names = [
      'user_id',
      'email',
      'created_at',
      'updated_at',
      'identities[0].connection',
      ...CLAIMS,
      '["company.dept"]',
    ]
    const file = await exportOf({ format: 'csv' }, ...names)
    connection = await emptyTenant(opened.database)
    await taken(file, 'csv')
    expect(await exportOf({ format: 'csv' }, ...names)).toBe(file)
  })
})
