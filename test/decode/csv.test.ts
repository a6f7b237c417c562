import { describe, expect, test } from 'vitest'
import { recordCutter } from '../../src/decode/csv-records.ts'
import type { CsvReading } from '../../src/domain/import-request.ts'
import { brief, type Decoded, decoded } from '../fixtures/decoding.ts'

const MiB = 1024 * 1024

function read(text: string | Uint8Array, csv: CsvReading = {}, limits = {}): Promise<Decoded> {
  return decoded([text], { format: 'csv', csv, limits })
}

async function users(text: string, csv: CsvReading = {}): Promise<readonly unknown[]> {
  const all = await read(text, csv)
  expect(all.failure).toBeUndefined()
  return brief(all)
}

describe('a CSV file from Auth0', () => {
  test('a CSV file of Auth0 is read without the guard of its texts and without missing values', async () => {
    const file = [
      'user_id,email,email_verified,username,blocked,updated_at,logins_count,app_metadata.plan,app_metadata.n',
      `"'auth0|u1","'u1@example.com",true,"'u""1",false,2024-01-01T12:00:00.000Z,7,"'5",5`,
      `"'auth0|u2","'''u2",,,,2024-01-02T12:00:00.000Z,,"'",null`,
      '',
    ]
    const all = await read(file.join('\n'))
    const bytesOf = (line: number): number => `${file[0]}${file[line - 1]}`.length
    expect(all.entries).toEqual([
      {
        kind: 'user',
        line: 2,
        bytes: bytesOf(2),
        value: {
          user_id: 'auth0|u1',
          email: 'u1@example.com',
          email_verified: true,
          username: 'u"1',
          blocked: false,
          updated_at: '2024-01-01T12:00:00.000Z',
          logins_count: 7,
          app_metadata: { plan: '5', n: 5 },
        },
      },
      {
        kind: 'user',
        line: 3,
        bytes: bytesOf(3),
        value: {
          user_id: 'auth0|u2',
          email: "''u2",
          updated_at: '2024-01-02T12:00:00.000Z',
          app_metadata: { plan: '', n: null },
        },
      },
    ])
  })

  test('a CSV file of Auth0 is recognized with quotes around any headings', async () => {
    const record = `"'auth0|u1","'a@x.io"\n`
    for (const header of ['user_id,email', '"user_id","email"', '"user_id",email', 'user_id,"email"']) {
      expect(await users(`${header}\n${record}`)).toEqual([{ user_id: 'auth0|u1', email: 'a@x.io' }])
    }
  })

  test('a CSV file of Auth0 is recognized if a spreadsheet has removed the quotes', async () => {
    const file = "user_id;email;email_verified;app_metadata.n\r\n'auth0|u1;'a@x.io;TRUE;'5\r\n"
    expect(await users(file)).toEqual([
      { user_id: 'auth0|u1', email: 'a@x.io', email_verified: true, app_metadata: { n: '5' } },
    ])
  })

  test('a CSV file with the dashboard’s headings is read as users', async () => {
    const file =
      `Id,Given Name,Email,Email Verified,Connection,Created At\n` +
      `"'auth0|1","'Ann","'a@x.io",true,"'db",2024-01-01T12:00:00.000Z\n`
    expect(await users(file)).toEqual([
      {
        user_id: 'auth0|1',
        given_name: 'Ann',
        email: 'a@x.io',
        email_verified: true,
        identities: [{ connection: 'db' }],
        created_at: '2024-01-01T12:00:00.000Z',
      },
    ])
    expect(await users('user_id,Id,Name\na,b,c\n')).toEqual([{ user_id: 'a', Id: 'b', name: 'c' }])
  })
})

describe('the guard of a CSV file', () => {
  test('a guard that a parameter states is removed, once', async () => {
    const file = `user_id,email\n"''=a","'b"\n`
    expect(await users(file, { guard: 'auth0' })).toEqual([{ user_id: "'=a", email: 'b' }])
    expect(await users(file, { guard: 'formula' })).toEqual([{ user_id: "'=a", email: "'b" }])
    expect(await users(file, { guard: 'none' })).toEqual([{ user_id: "''=a", email: "'b" }])
  })

  test.each(['=1', '+49', '-', '@x', '\t', '\r', '\n', '＝', '＋', '－', '＠'])(
    'a guard before %j is removed if every heading is quoted',
    async (value) => {
      expect(await users(`"user_id","email"\n"'${value}","'a"\n`)).toEqual([{ user_id: value, email: "'a" }])
    },
  )

  test('a guard is not removed if only a first heading is quoted that needs no quotes', async () => {
    expect(await users(`"user_id",email\n"'=1","'a"\n`)).toEqual([{ user_id: "'=1", email: "'a" }])
    const odd = `"app_metadata[""a.b""]","user_id",email\n"'x","'=1","'a"\n`
    expect(await users(odd)).toEqual([{ app_metadata: { 'a.b': "'x" }, user_id: "'=1", email: "'a" }])
  })

  test('a guard in a file with one column is recognized from the cells', async () => {
    expect(await users(`email\n"'a"\n"'b"\n`)).toEqual([{ email: 'a' }, { email: 'b' }])
    expect(await users(`email\n"'a"\n"b"\n`)).toEqual([{ email: "'a" }, { email: 'b' }])
    expect(await users(`"email"\n"'=a"\n"'b"\n`)).toEqual([{ email: '=a' }, { email: "'b" }])
  })

  test('a guard is recognized from the cells if each heading needs quotes', async () => {
    const header = `"user_metadata[""a.b""]","user_metadata[""c.d""]"\n`
    const one = (a: string, b: string): unknown => ({ user_metadata: { 'a.b': a, 'c.d': b } })
    expect(await users(`${header}"'a","'b"\n`)).toEqual([one('a', 'b')])
    expect(await users(`${header}"a","'=b"\n`)).toEqual([one('a', '=b')])
    expect(await users(`${header}"=a","'=b"\n`)).toEqual([one('=a', "'=b")])
  })

  test('a guard in a file without a header is recognized from the cells', async () => {
    const columns = ['user_id', 'email']
    expect(await users(`"'a","'b"\n`, { columns })).toEqual([{ user_id: 'a', email: 'b' }])
    expect(await users(`"'a","b"\n`, { columns })).toEqual([{ user_id: "'a", email: 'b' }])
  })

  test('a guard is recognized from the first thousand records only', async () => {
    const file = (odd: number): string =>
      `user_id,email\n${Array.from({ length: 1500 }, (_, n) => (n === odd ? '"u","a"\n' : `"'u","'a"\n`)).join('')}`
    expect((await users(file(999)))[0]).toEqual({ user_id: "'u", email: "'a" })
    expect((await users(file(1000)))[0]).toEqual({ user_id: 'u', email: 'a' })
  })

  test('a formula guard is removed from a file that a spreadsheet saved without quotes', async () => {
    const file = "email,name,user_metadata.n,phone_number\ng1@x.io,'=cmd,'-5,'+491\ng2@x.io,Ann,-5,\n"
    const saved = [
      { email: 'g1@x.io', name: '=cmd', user_metadata: { n: '-5' }, phone_number: '+491' },
      { email: 'g2@x.io', name: 'Ann', user_metadata: { n: -5 } },
    ]
    expect(await users(file, { guard: 'formula' })).toEqual(saved)
    expect(await users(file)).toEqual(saved)
    expect(await users("email,name\na,'=1\nb,=1\n")).toMatchObject([{ name: "'=1" }, { name: '=1' }])
    expect(await users("email,name\na,'quoted\n")).toMatchObject([{ name: "'quoted" }])
  })

  test('a guard before a heading that looks like a formula is removed', async () => {
    expect(await users(`email,'=x\n"'a","'b"\n`)).toEqual([{ email: 'a', '=x': 'b' }])
  })
})

describe('a CSV file of another program', () => {
  test.each([',', ';', '\t'])(
    'a CSV file is read with any separator between its cells: %j',
    async (delimiter) => {
      const file = [
        ['email', 'name', 'user_metadata.a;b,c\td'.replaceAll(delimiter, '')],
        ['a@x.io', `"x;y,z\t"`, ''],
      ]
      const [one] = await users(file.map((cells) => cells.join(delimiter)).join('\r\n'))
      expect(one).toEqual({ email: 'a@x.io', name: 'x;y,z\t' })
    },
  )

  test('a CSV file may quote nothing, and each value gets the type of its attribute or of its text', async () => {
    const file =
      'email,name,given_name,email_verified,blocked,logins_count,last_login,app_metadata.a,app_metadata.b,app_metadata.c,app_metadata.d,app_metadata.e\n' +
      'a@x.io,123,true,True,FALSE,3,2024-01-01,01,-1.5,true,{},null\n' +
      ',,,,,,,,,,,\n'
    expect(await users(file)).toEqual([
      {
        email: 'a@x.io',
        name: '123',
        given_name: 'true',
        email_verified: true,
        blocked: false,
        logins_count: 3,
        last_login: '2024-01-01',
        app_metadata: { a: '01', b: -1.5, c: true, d: {}, e: null },
      },
      {},
    ])
  })

  test('a CSV file may quote every cell, and each attribute gets its type', async () => {
    const file =
      '"email","email_verified","logins_count","last_login","app_metadata.a"\n"a@x.io","true","3","","5"\n'
    expect(await users(file)).toEqual([
      { email: 'a@x.io', email_verified: true, logins_count: 3, app_metadata: { a: '5' } },
    ])
  })

  test('a CSV file may have whole attributes as JSON', async () => {
    const file = `user_id,app_metadata,identities,multifactor\n"'u","'{""a"":[1]}","'[]",no JSON\n`
    expect(await users(file)).toEqual([
      { user_id: 'u', app_metadata: { a: [1] }, identities: [], multifactor: 'no JSON' },
    ])
  })

  test('a CSV heading that is no path is read as a name', async () => {
    expect(await users('email,First..Name,__proto__,app_metadata.__proto__.x\na,b,c,d\n')).toEqual([
      JSON.parse('{"email":"a","First..Name":"b","__proto__":"c","app_metadata":{"__proto__":{"x":"d"}}}'),
    ])
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })

  test('a CSV file may have values with line ends, a byte order mark and no last line end', async () => {
    const all = await read('\ufeffemail,name\r\n\r\n"a","x\r\ny\n"\r\n\n"b","z"')
    expect(all.entries).toMatchObject([
      { line: 3, value: { email: 'a', name: 'x\r\ny\n' } },
      { line: 7, value: { email: 'b', name: 'z' } },
    ])
  })
})

describe('the header of a CSV file', () => {
  test('a header that names an attribute twice is refused with both columns', async () => {
    const message = 'The header of the users file names "email" twice, in columns 1 and 3.'
    expect(await read('email,name,email\na,b,c\n')).toMatchObject({ entries: [], failure: { message } })
    const same = await read('app_metadata.a,"[""app_metadata""].a"\n')
    expect(same.failure).toMatchObject({ code: 'import_unreadable' })
    expect((await read('1,2', { columns: ['name', 'name'] })).failure?.message).toContain('"name" twice')
  })

  test('P9 a header that is a user’s record is refused without its values', async () => {
    const twice = await read('secret,email,secret\n')
    expect(twice.failure?.message).toBe(
      'The header of the users file names something twice, in columns 1 and 3.',
    )
    const all = await read('secret@example.com,true,secret\n')
    expect(all.failure?.message).toBe(
      'The header of the users file, its first line, names no attribute of a user, such as email or user_id. If it is the first user, say in the parameter columns what its columns are.',
    )
  })

  test.each([
    ['', 'The users file is empty: its first line must name the columns.'],
    ['\n\n', 'The users file is empty: its first line must name the columns.'],
    ['a"b,c\n', 'its first line, has a quote where none may be (at character 2).'],
    ['email\rname\ra\rb\n', 'its first line, has a CR in it: lines must end with LF or CR LF.'],
    [Buffer.from([0xff, 0x0a]), 'its first line, is no UTF-8.'],
    [`"${'x'.repeat(200)}"\n`, 'its first line, is longer than a record may be.'],
    ['"email\n', 'breaks off within the record that begins in line 1: a quoted cell does not end.'],
  ])('a header that cannot be read is refused: %j', async (file, message) => {
    const all = await read(file, {}, { entryBytesMax: 100 })
    expect(all.entries).toEqual([])
    expect(all.failure).toMatchObject({
      code: 'import_unreadable',
      message: expect.stringContaining(message),
    })
  })

  test('a CSV file with only a header has no entries', async () => {
    expect(await read('email,name\n')).toEqual({ entries: [] })
    expect(await read('', { columns: ['email'] })).toEqual({ entries: [] })
  })
})

describe('a record that cannot be read', () => {
  test.each([
    ['a', 'has 1 cells where 2 are named'],
    ['a,b,c', 'has 3 cells where 2 are named'],
    ['"a"b,c', 'has a quote where none may be (at character 3)'],
    ['a"b,c', 'has a quote where none may be (at character 2)'],
    ['a, "b"', 'has a quote where none may be (at character 4)'],
    [`"${'x'.repeat(200)}",a`, 'is longer than 100 bytes'],
    [Buffer.from([0x61, 0x2c, 0xff]), 'is no UTF-8'],
  ])(
    'a record that cannot be read is reported with its line, and the next record is read: %j',
    async (record, problem) => {
      const file = [Buffer.from('email,name\na,"\n"\n'), Buffer.from(record), Buffer.from('\nb,c\n')]
      const all = await read(Buffer.concat(file), {}, { entryBytesMax: 100 })
      expect(brief(all)).toEqual([
        { email: 'a', name: '\n' },
        `4: The record that begins in line 4 ${problem}`,
        { email: 'b', name: 'c' },
      ])
    },
  )

  test('a record that gives one attribute two values is reported with its line, and the next record is read', async () => {
    expect(await users('email,app_metadata.a,app_metadata.a.b\nx,1,\nx,,2\nx,1,2\n')).toEqual([
      { email: 'x', app_metadata: { a: 1 } },
      { email: 'x', app_metadata: { a: { b: 2 } } },
      '4: The record that begins in line 4 gives one attribute two values',
    ])
  })
})

test('a CSV file that ends within quotes gives its earlier entries, then reports the line', async () => {
  const all = await read('email,name\na,b\n"c\n","d\n\n')
  expect(brief(all)).toEqual([{ email: 'a', name: 'b' }])
  expect(all.failure?.message).toContain('the record that begins in line 3')
})

test('a file that is no CSV fails after its first unreadable records', async () => {
  const all = await read(`email,name\na,b\n${'{"email":"a@x.io"}\n'.repeat(2000)}`)
  expect(all.entries).toHaveLength(1001)
  expect(all.failure).toMatchObject({ code: 'import_unreadable' })
})

test('P3 a CSV record of any length is skipped without being held in memory', () => {
  const cutter = recordCutter(2 * MiB, [','])
  let keptMax = 0
  const push = (chunk: Buffer): unknown[] => {
    const pieces = [...cutter.cut(chunk)]
    keptMax = Math.max(keptMax, cutter.bytesKept())
    return pieces
  }
  push(Buffer.from('a,"'))
  const part = Buffer.alloc(64 * 1024, 'x')
  for (let n = 0; n < 1024; n++) expect(push(part)).toEqual([])
  expect(cutter.bytesKept()).toBe(0)
  expect(push(Buffer.from('"\nb,c\n'))).toEqual([
    { line: 1, bytes: undefined },
    { line: 2, bytes: Buffer.from('b,c') },
  ])
  expect(keptMax).toBeLessThanOrEqual(4 * MiB)
})
