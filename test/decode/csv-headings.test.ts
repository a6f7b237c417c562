import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CsvReading } from '../../src/domain/import-request.ts'
import { ATTRIBUTE_NAMES } from '../../src/domain/profile.ts'
import { brief, decoded } from '../fixtures/decoding.ts'
import { propertyRuns } from '../fixtures/property-runs.ts'

async function users(text: string, csv: CsvReading = {}): Promise<readonly unknown[]> {
  const all = await decoded([text], { format: 'csv', csv })
  expect(all.failure).toBeUndefined()
  return brief(all)
}

async function failure(text: string, csv: CsvReading = {}): Promise<string> {
  const all = await decoded([text], { format: 'csv', csv })
  expect(all.entries).toEqual([])
  return all.failure?.message ?? ''
}

const BLANKS = [' ', '  ', '\u00a0', '\u2003', '\u200b', '\u2060', '\ufeff']

describe('a heading with different capitals or blanks', () => {
  test.each([
    ['email, name', { email: 'a', name: 'b' }],
    ['email,name ', { email: 'a', name: 'b' }],
    ['email,\u00a0name\u200b', { email: 'a', name: 'b' }],
    ['email,\ufeffname', { email: 'a', name: 'b' }],
    ['email," name "', { email: 'a', name: 'b' }],
    ['EMAIL,NAME', { email: 'a', name: 'b' }],
    ['\ufeff\ufeffemail,Name', { email: 'a', name: 'b' }],
    ['email;\tName', { email: 'a', name: 'b' }],
    ['email, user_metadata.plan', { email: 'a', user_metadata: { plan: 'b' } }],
    ['email,User_Metadata.Plan', { email: 'a', user_metadata: { Plan: 'b' } }],
    ['email,user_metadata .plan\t', { email: 'a', user_metadata: { plan: 'b' } }],
    ['email, locale ', { email: 'a', locale: 'b' }],
    ['email,Last Login', { email: 'a', 'Last Login': 'b' }],
  ])(
    'a header in other capitals or with blanks is read as the attributes meant: %j',
    async (header, user) => {
      const delimiter = header.includes(';') ? ';' : ','
      expect(await users(`${header}\na${delimiter}b\n`)).toEqual([user])
    },
  )

  test('a known attribute in any capitals and with any blanks is read as that attribute', async () => {
    const blank = fc.constantFrom('', ...BLANKS)
    const heading = fc.record({ before: blank, behind: blank, isCapital: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...ATTRIBUTE_NAMES), heading, async (name, how) => {
        const written = how.before + (how.isCapital ? name.toUpperCase() : name) + how.behind
        expect(await users(`${written},locale\na,b\n`)).toEqual([{ [name]: 'a', locale: 'b' }])
      }),
      propertyRuns(100),
    )
  })

  test('a name in the parameter columns is read the same way', async () => {
    expect(await users('a,b\n', { columns: [' email', 'NAME '] })).toEqual([{ email: 'a', name: 'b' }])
  })

  test('two headings that mean the same attribute are refused with both columns', async () => {
    const twice = 'The header of the users file names "name" twice, in columns 2 and 3.'
    expect(await failure('email,name, name\na,b,c\n')).toBe(twice)
    expect(await failure('email,NAME,Name\na,b,c\n')).toBe(twice)
    expect(await failure('user_metadata.a,USER_METADATA.a\na,b\n')).toContain('twice, in columns 1 and 2')
  })
})

describe('an empty heading', () => {
  test('an empty heading is accepted if its column is empty', async () => {
    const both = [{ email: 'a', name: 'b' }, { email: 'c' }]
    expect(await users('email,name,\na,b,\nc,, \n')).toEqual(both)
    expect(await users('email,name,,\na,b\nc,\n')).toEqual(both)
    expect(await users('email,name\na,b,\nc,,,\n')).toEqual(both)
    expect(await users('email, ,name\na,,b\nc,,\n')).toEqual(both)
  })

  test('a value under an empty heading is an error of its record', async () => {
    expect(await users('email,name,\na,b,x\nc,d,\n')).toEqual([
      '2: The record that begins in line 2 has a value in column 3, which has no heading',
      { email: 'c', name: 'd' },
    ])
    expect(await users(',email\n0,a\n,b\n')).toEqual([
      '2: The record that begins in line 2 has a value in column 1, which has no heading',
      { email: 'b' },
    ])
  })
})

describe('a first line that is no header', () => {
  test.each([
    ['# exported by a tool\nemail\na\n', 'is a comment: take it away, it must name the columns.'],
    ['// users,of,May\nemail\na\n', 'is a comment'],
    ['sep=;\nemail;name\na;b\n', 'is for Excel alone (sep=)'],
    ['Users of May\nemail,name\na,b\n', 'names no attribute of a user, such as email or user_id.'],
    [',,\na,b,c\n', 'names no attribute of a user'],
    ['a@example.com,Ann\nb@example.com,Bob\n', 'names no attribute of a user'],
  ])('a first line that is no header is refused with the reason: %j', async (file, reason) => {
    expect(await failure(file)).toContain(`The header of the users file, its first line, ${reason}`)
  })
})

test('a heading that is the name of a claim, as in exports, is read as that claim', async () => {
  const header = 'email,https://example.com/dept,urn:oid:2.5.4.42,address.city,"[""company.dept""]"'
  expect(await users(`${header}\na,b,c,d,e\n`)).toEqual([
    {
      email: 'a',
      'https://example.com/dept': 'b',
      'urn:oid:2.5.4.42': 'c',
      address: { city: 'd' },
      'company.dept': 'e',
    },
  ])
})
