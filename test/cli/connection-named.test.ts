import { expect, test } from 'vitest'
import { connectionNamed } from '../../src/cli/connection-named.ts'

const people = { id: 'con_0000000000000001', name: 'people', strategy: 'auth0' }
const guests = { id: 'con_0000000000000002', name: 'guests', strategy: 'auth0' }

test('the only connection is taken without a name', () => {
  expect(connectionNamed([people], undefined)).toBe(people)
})

test('several connections are refused without a name', () => {
  expect(() => connectionNamed([people, guests], undefined)).toThrow('There are several connections')
})

test('a server without connections is not said to have several', () => {
  expect(() => connectionNamed([], undefined)).toThrow('There is no connection. Create one')
})
