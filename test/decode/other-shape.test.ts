import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { ImportFormat } from '../../src/domain/import-request.ts'
import { type Decoded, decoded } from '../fixtures/decoding.ts'

const read = (file: string | Uint8Array, format: ImportFormat): Promise<Decoded> =>
  decoded([file], { format, wantsUser: true })

const USERS = [
  { email: 'a@example.com', name: 'A' },
  { email: 'b@example.com', name: 'B' },
]
const ndjson = USERS.map((user) => `${JSON.stringify(user)}\n`).join('')
const wrapped = JSON.stringify({ users: USERS })
const table = 'email,name\na@example.com,A\n'
const utf16 = (text: string, mark = '\ufeff'): Buffer => Buffer.from(mark + text, 'utf16le')
const big = (text: string): Buffer => utf16(text).swap16()
const pretty = JSON.stringify(USERS[0], undefined, 2)
const html = '<!DOCTYPE html>\n<html><body>502 Bad Gateway</body></html>\n'
const xml = '<?xml version="1.0"?>\n<users><user/></users>\n'
const zip = Buffer.from('504b030414000600080000002100', 'hex')

describe('a file of another shape', () => {
  test.each<[string, string | Uint8Array, ImportFormat, string]>([
    ['a list inside an object', wrapped, 'ndjson', 'one object with a list of users inside'],
    [
      'a page of users',
      JSON.stringify({ start: 0, total: 2, users: USERS }),
      'ndjson',
      'a list of users inside',
    ],
    ['an array in one line', JSON.stringify(USERS), 'ndjson', 'a JSON array: send it as application/json'],
    ['an array over many lines', JSON.stringify(USERS, undefined, 2), 'ndjson', 'a JSON array'],
    ['objects over many lines', `${pretty}\n${pretty}\n`, 'ndjson', 'JSON with objects over several lines'],
    ['many such objects', `${pretty}\n`.repeat(2000), 'ndjson', 'JSON with objects over several lines'],
    ['UTF-16', utf16(ndjson), 'ndjson', 'UTF-16'],
    ['UTF-16, big end first', big(ndjson), 'ndjson', 'UTF-16'],
    ['UTF-16 without a mark', utf16(ndjson, ''), 'ndjson', 'UTF-16'],
    ['XML', xml, 'ndjson', 'XML'],
    ['HTML', html, 'ndjson', 'an HTML page'],
    ['CSV', table, 'ndjson', 'CSV: send it as text/csv'],
    ['packed CSV', gzipSync(table), 'ndjson', 'CSV: send it as text/csv'],
    ['lines about something else', '{"foo":1}\n{"bar":2}\n', 'ndjson', 'needs a field such as email'],
    ['users inside of a member', '{"user":{"email":"a@x.io"}}\n', 'ndjson', 'at its top level'],
    ['a list inside an object', wrapped, 'json', 'one object with a list of users inside'],
    ['lines of JSON', ndjson, 'json', 'JSON with a user a line: send it as application/x-ndjson'],
    ['UTF-16', utf16(JSON.stringify(USERS)), 'json', 'UTF-16'],
    ['CSV', table, 'json', 'CSV: send it as text/csv'],
    ['HTML', html, 'json', 'an HTML page'],
    ['an array of something else', '[{"foo":1},[],5]', 'json', 'needs a field such as email'],
    ['lines of JSON', ndjson, 'csv', 'JSON with a user a line: send it as application/x-ndjson'],
    ['an array', JSON.stringify(USERS), 'csv', 'a JSON array: send it as application/json'],
    ['a list inside an object', wrapped, 'csv', 'one object with a list of users inside'],
    ['UTF-16, as Excel saves Unicode text', utf16('email\tname\r\na\tb\r\n'), 'csv', 'UTF-16'],
    ['.xlsx', zip, 'csv', 'a zip archive, such as the .xlsx of a spreadsheet'],
    ['XML', xml, 'csv', 'XML'],
    ['records of other lengths', 'email,name\na\nb,c,d\n', 'csv', 'The file has no users'],
  ])(
    'a file of another shape fails, and the reason names the shape: %s (%j) as %s',
    async (_, file, format, reason) => {
      const { entries, failure } = await read(file, format)
      expect(failure?.code).toBe('import_unreadable')
      expect(failure?.message).toContain(reason)
      expect(entries.length).toBeLessThanOrEqual(10)
    },
  )
})

test.each<[string, string, ImportFormat, number]>([
  ['one line among others', `{"foo":1}\n<html>\n${ndjson}x\n`, 'ndjson', 5],
  ['two thousand lines before it', `${'{"foo":1}\n'.repeat(2000)}${ndjson}`, 'ndjson', 2002],
  ['one in other capitals', '{"EMAIL":"a@x.io"}\nx\n', 'ndjson', 2],
  ['one element', `[1,${JSON.stringify(USERS[0])}]`, 'json', 2],
  ['nobody, and nothing else', '[]', 'json', 0],
  ['nothing', '', 'ndjson', 0],
  ['a header alone', 'email,name\n', 'csv', 0],
])('a file of another shape with one user is still read: %s', async (_, file, format, count) => {
  const { entries, failure } = await read(file, format)
  expect([failure, entries.length]).toEqual([undefined, count])
})

test('a file fails after a thousand unreadable lines, and its earlier users are given', async () => {
  const { entries, failure } = await read(`${ndjson}${'x\n'.repeat(1500)}`, 'ndjson')
  expect(entries).toHaveLength(1002)
  expect(failure?.message).toContain('the last 1000 entries up to line 1002 are no users')
})
