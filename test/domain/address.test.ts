import { expect, test } from 'vitest'
import { addressGroup, isLoopback } from '../../src/domain/address.ts'

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['::ffff:10.0.0.7', '10.0.0.7'],
  ['::1', '0:0:0:0::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:0DB8:0:00a1:1:2:3:4', '2001:db8:0:a1::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('the address %s belongs to the network %s', (address, group) => {
  expect(addressGroup(address)).toBe(group)
})

test.each(['localhost', '127.0.0.1', '127.9.8.7', '::1', '[::1]'])('the host %s is this machine', (host) => {
  expect(isLoopback(host)).toBe(true)
})

test.each(['0.0.0.0', '128.0.0.1', '127.0.0.1.example', 'localhost.example', '[::1', '::', ''])(
  'the host "%s" is not only this machine',
  (host) => {
    expect(isLoopback(host)).toBe(false)
  },
)
