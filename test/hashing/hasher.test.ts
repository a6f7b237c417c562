import { compare } from 'bcryptjs'
import { afterAll, expect, test } from 'vitest'
import type { Failure } from '../../src/domain/failure.ts'
import { newHasher } from '../../src/hashing/hasher.ts'

const hasher = newHasher(4)
afterAll(() => hasher.stop())

const cost = { N: 2 ** 10, r: 8, p: 1 }
const check = (secret: string) =>
  hasher.scrypt({ secret, salt: Buffer.from('salt'), cost, keyBytes: 32 }, 'check')

test('a flood of secrets waits in a bounded queue, and a password that has a token goes first', async () => {
  const ends: string[] = []
  const asked = Array.from({ length: 20 }, (_, n) =>
    check(String(n)).then(
      () => void ends.push('checked'),
      (error: Failure) => void ends.push(`${error.code} ${error.headers['retry-after']}`),
    ),
  )
  const made = hasher.bcrypt({ password: 'a password', rounds: 4 }).then(() => void ends.push('made'))
  await Promise.all([...asked, made])
  expect(ends.filter((end) => end === 'hashes_too_many 1')).toHaveLength(15)
  expect(ends.filter((end) => end === 'checked')).toHaveLength(5)
  expect(ends.filter((end) => !end.startsWith('hashes'))[1]).toBe('made')
})

test('the event loop runs on while passwords are hashed', async () => {
  const busy = performance.eventLoopUtilization()
  const hashes = await Promise.all([1, 2, 3].map(() => hasher.bcrypt({ password: 'a password', rounds: 11 })))
  expect(performance.eventLoopUtilization(busy).utilization).toBeLessThan(0.5)
  expect(new Set(hashes).size).toBe(3)
  for (const hash of hashes) expect(await compare('a password', hash)).toBe(true)
})

test('a failed hash does not affect other hashes', async () => {
  const impossible = { secret: 'x', salt: Buffer.from(''), cost: { N: 3, r: 8, p: 1 }, keyBytes: 32 }
  await expect(hasher.scrypt(impossible, 'check')).rejects.toThrow()
  expect(await check('x')).toHaveLength(32)
})

test('a stopped hasher starts again with the next request', async () => {
  await hasher.stop()
  expect(await check('x')).toEqual(await check('x'))
})
