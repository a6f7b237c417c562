import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CsvOptions, ExportRequest } from '../../src/domain/export-request.ts'
import type { ImportRequest } from '../../src/domain/import-request.ts'
import { writeJson } from '../../src/domain/write-json.ts'
import { parseQuery } from '../../src/search/parse-query.ts'
import { pgUserFinder } from '../../src/users/pg-user-search.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'
import { exportDeps, exported, newExportJob } from '../fixtures/export-harness.ts'
import { emptyTenant, type Imported, importDeps, imported } from '../fixtures/import-harness.ts'

// Ids of other systems, decimals that no double holds, trailing zeros, and the longest number that is stored.
const NUMBERS = [
  ...['17841461234567891', '9007199254740993', '-9223372036854775809', '12345678901234567890'],
  ...['0.1234567890123456789', '0.1000000000000000055511151231257827', '1.50', '1.0', '0.00', '-7', '5'],
  ...[`1${'0'.repeat(99)}`, `0.${'3'.repeat(99)}`],
]

describe.each(ENGINES)('numbers in metadata, on $name', (engine) => {
  let opened: TestDatabase
  beforeAll(async () => {
    opened = await withDatabase(engine)
  })
  afterAll(() => opened.stop())

  async function take(file: string, request: Partial<ImportRequest> = {}): Promise<Imported> {
    const connection = await emptyTenant(opened.database)
    return imported({ connection, file, request }, importDeps(opened.database))
  }

  async function exportOf(request: Partial<ExportRequest> & Pick<ExportRequest, 'format'>): Promise<string> {
    return (
      await exported(newExportJob({ fields: [{ name: 'email' }], ...request }), exportDeps(opened.database))
    ).text
  }

  const emailOf = (index: number): string => `u${String(index).padStart(2, '0')}@x.io`
  const lineOf = (digits: string, index: number): string =>
    `{"email":"${emailOf(index)}","user_metadata":{"a":{"n":[${digits}]}}}`
  const ndjson = NUMBERS.map((digits, index) => `${lineOf(digits, index)}\n`).join('')
  const array = `[${NUMBERS.map(lineOf).join(',\n')}]`
  const csv = `email,user_metadata.a.n[0]\n${NUMBERS.map((digits, index) => `${emailOf(index)},${digits}\n`).join('')}`
  const cells = `email,user_metadata\n${NUMBERS.map((digits, index) => `${emailOf(index)},"{""a"":{""n"":[${digits}]}}"\n`).join('')}`

  test.each([
    ['NDJSON', ndjson, { format: 'ndjson' }],
    ['an array', array, { format: 'json' }],
    ['the form', array, { format: 'json', by: 'form' }],
    ['CSV', csv, { format: 'csv' }],
    ['JSON in cells of CSV', cells, { format: 'csv' }],
    ['NDJSON that is merged', ndjson, { format: 'ndjson', upsert: 'merge' }],
  ] as const)('a number comes out of %s with its digits', async (_, file, request) => {
    const { errors } = await take(file, request)
    expect(errors).toEqual([])
    const fields = ['email', 'user_metadata'].map((name) => ({ name }))
    const exportedLines = (await exportOf({ format: 'json', fields })).replaceAll(' ', '')
    expect(exportedLines).toBe(ndjson)
    const found = await pgUserFinder(opened.database).find({ offset: 0, limit: 100 })
    expect(found.map(({ profile }) => String((profile as never)['user_metadata']['a']['n'][0]))).toEqual(
      NUMBERS.map((digits) => String(Number(digits) === -7 ? -7 : digits)),
    )
  })

  test.each<CsvOptions>([{}, { guard: 'formula' }, { guard: 'none' }])(
    'a number keeps its digits through two round trips by CSV with %j',
    async (dialect) => {
      await take(ndjson)
      const request = { format: 'csv', csv: dialect, metadata_columns: 'discover' } as const
      const first = await exportOf(request)
      for (const digits of NUMBERS) expect(first).toContain(`,${digits}\n`)
      for (let turn = 0; turn < 2; turn++) {
        const { errors } = await take(first, { format: 'csv' })
        expect(errors).toEqual([])
        expect(await exportOf(request)).toBe(first)
      }
    },
  )

  test('P16 a number keeps its digits when an upsert changes another member', async () => {
    const connection = await emptyTenant(opened.database)
    const deps = importDeps(opened.database)
    const user = (metadata: string): string => `{"email":"a@x.io","app_metadata":${metadata}}`
    await imported({ connection, file: user('{"id":17841461234567891,"x":1.50}') }, deps)
    await imported({ connection, file: user('{"x":9007199254740993}'), request: { upsert: 'merge' } }, deps)
    const fields = [{ name: 'app_metadata' }]
    expect(await exportOf({ format: 'json', fields })).toBe(
      '{"app_metadata":{"x": 9007199254740993, "id": 17841461234567891}}\n',
    )
  })

  test('a number of a refused user is shown with its digits', async () => {
    const { errors } = await take('{"email":1.50,"user_metadata":{"id":17841461234567891}}')
    expect(writeJson(errors[0]?.user)).toContain('"id":17841461234567891')
    expect(errors[0]?.errors[0]?.message).toBe('Expected type string but found type number')
  })

  test('P16 a number with more than a hundred digits is refused with its place, and shown shortened', async () => {
    const { errors } = await take('{"email":"a@x.io","user_metadata":{"n":[1e308]}}')
    expect(errors[0]).toMatchObject({
      user: { user_metadata: { n: ['1e308'] } },
      errors: [{ code: 'FORMAT', path: '#/user_metadata.n[0]' }],
    })
    expect(errors[0]?.errors[0]?.message).toContain('309 digits')
  })

  test('a number is found by exactly its digits', async () => {
    await take(ndjson)
    const find = async (q: string): Promise<readonly string[]> => {
      const filter = parseQuery(q)
      if ('problem' in filter) throw new Error(filter.problem)
      const found = await pgUserFinder(opened.database).find({ filter, offset: 0, limit: 100 })
      return found.map(({ profile }) => String((profile as never)['user_metadata']['a']['n'][0]))
    }
    expect(await find('user_metadata.a.n:17841461234567891')).toEqual(['17841461234567891'])
    expect(await find('user_metadata.a.n:17841461234567892')).toEqual([])
    expect(await find('user_metadata.a.n:1.5')).toEqual(['1.50'])
    expect(await find('user_metadata.a.n:0.1234567890123456789')).toEqual(['0.1234567890123456789'])
    expect(await find('user_metadata.a.n:1e1001')).toEqual([])
  })

  test('a logins_count is a whole number within its bounds, in any notation', async () => {
    const user = (count: string): string =>
      `{"email":"c${count}@x.io","identities":[{"connection":"Users","user_id":17841461234567891,"provider":"auth0","isSocial":false}],"logins_count":${count}}\n`
    const { errors } = await take(`${user('3.0')}${user('9007199254740993')}`, { preserve: true })
    expect(errors.map((error) => error.errors[0])).toEqual([
      {
        code: 'MAXIMUM',
        message: 'Value 9007199254740993 is greater than maximum 9007199254740991',
        path: '#/logins_count',
      },
    ])
    const fields = ['logins_count', 'identities[0].user_id'].map((name) => ({ name }))
    expect(await exportOf({ format: 'json', fields })).toBe(
      '{"logins_count":3,"identities[0].user_id":17841461234567891}\n',
    )
  })

  test.each([
    ['ndjson', '{"email":"d@x.io","user_metadata":{"a":1},"user_metadata":{"b":2}}', 'Line 1', 'one object'],
    [
      'json',
      '[{"email":"d@x.io","app_metadata":{"x":[{"a":1,"\\u0061":2}]}}]',
      'The user',
      'app_metadata.x[0]',
    ],
    ['csv', 'email,user_metadata\nd@x.io,"{""a"":1,""a"":2}"', 'The record', 'user_metadata'],
  ] as const)(
    'a user whose file names a member twice is refused, even with exact numbers: %s',
    async (format, file, entry, place) => {
      for (const by of format === 'json' ? (['form', 'stream'] as const) : (['stream'] as const)) {
        const { summary, errors } = await take(file, { format, by })
        expect(summary).toMatchObject({ inserted: 0, failed: 1 })
        const [problem] = errors[0]?.errors ?? []
        expect(problem?.code).toBe('FORMAT')
        expect(problem?.message).toMatch(new RegExp(`^${entry}.* has the name ".*" twice in `))
        expect(problem?.message).toContain(` twice in ${place}: one`)
      }
    },
  )

  test('a cell of a spreadsheet is a number only if the number is written with the same characters', async () => {
    const file =
      'email;user_metadata.code;user_metadata.vip;user_metadata.no;user_metadata.account;user_metadata.zip;user_metadata.plus;user_metadata.zero\n' +
      'x@x.io;12E5;TRUE;False;36741234567890123;00367;+5;-0\n'
    await take(file, { format: 'csv', csv: { guard: 'none' } })
    const fields = [{ name: 'user_metadata' }]
    expect(
      JSON.parse((await exportOf({ format: 'json', fields })).replace('36741234567890123', '"kept"')),
    ).toEqual({
      user_metadata: {
        code: '12E5',
        vip: true,
        no: false,
        account: 'kept',
        zip: '00367',
        plus: '+5',
        zero: '-0',
      },
    })
  })
})
