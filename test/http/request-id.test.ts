import { expect, test } from 'vitest'
import { requestIdOf } from '../../src/http/request-id.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const idOf = (given: string | undefined): string => requestIdOf({ headers: { 'x-request-id': given } })

test.each(['0B0E8F0A-5f3e-4a55-8a60-6a1c2d3e4f50', '4bf92f3577b34da6a3ce929d0e0e4736'])(
  'P31 the request id %s of a proxy is kept',
  (given) => expect(idOf(given)).toBe(given),
)

test.each([
  undefined,
  '',
  'ada@example.com',
  '00491511234567',
  '4bf92f3577b34da6a3ce929d0e0e4736\n',
  '4bf92f3577b34da6a3ce929d0e0e47364bf92f3577b34da6a3ce929d0e0e4736',
])('P31 a request id that could hold a user’s data is replaced: %s', (given) => {
  expect(idOf(given)).toMatch(UUID)
  expect(idOf(given)).not.toBe(idOf(given))
})
