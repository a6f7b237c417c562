import { expect, test } from 'vitest'
import { type ExportOptions, requestOf } from '../../src/cli/export-request.ts'

const fieldsOf = (...field: string[]) => requestOf({ header: true, field } as ExportOptions, undefined).fields

test.each([
  ['email', { name: 'email' }],
  ['email=E-mail', { name: 'email', export_as: 'E-mail' }],
  ['email=a=b', { name: 'email', export_as: 'a=b' }],
  ['identities[0].connection=c', { name: 'identities[0].connection', export_as: 'c' }],
  ['app_metadata["a=b"].c', { name: 'app_metadata["a=b"].c' }],
  ['app_metadata["a=\\"]"].c=d', { name: 'app_metadata["a=\\"]"].c', export_as: 'd' }],
])('the field %s is a path, and a name behind an equals sign outside of brackets', (text, field) => {
  expect(fieldsOf(text)).toEqual([field])
})

test.each(['', '=name', 'email='])('the field "%s" is refused', (text) => {
  expect(() => fieldsOf(text)).toThrow('PATH or PATH=NAME')
})

test('a request has only members that options name', () => {
  expect(requestOf({ header: true }, undefined)).toEqual({})
  expect(requestOf({ header: true, maxBytes: 1000 }, 'con_1')).toEqual({
    connection_id: 'con_1',
    format: 'json',
  })
})
