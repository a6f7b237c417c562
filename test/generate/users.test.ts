import { describe, expect, test } from 'vitest'
import { findUnstorable } from '../../src/domain/json.ts'
import { generatedUsers } from '../../src/generate/users.ts'
import { importProblems } from '../fixtures/auth0/import-schema.ts'

const made = (users: number, seed = 1, isPreserved = false) => [
  ...generatedUsers({ users, seed, isPreserved, connection: 'Users' }),
]

describe('generated users', () => {
  test('the same seed makes the same users, and fewer users are the first of more', () => {
    expect(made(50)).toEqual(made(500).slice(0, 50))
    expect(made(50, 1, true)).toEqual(made(50, 1, true))
    expect(made(50, 2)).not.toEqual(made(50, 1))
  })

  test('no two of many users have the same id or the same address, with two seeds either', () => {
    const all = [...made(50_000, 1), ...made(50_000, 2)]
    expect(new Set(all.map((user) => user['user_id'])).size).toBe(all.length)
    expect(new Set(all.map((user) => user['email'])).size).toBe(all.length)
  })

  test('Auth0’s import takes all of them', () => {
    const refused = made(20_000).flatMap((user) => importProblems(user).map((problem) => ({ user, problem })))
    expect(refused).toEqual([])
  })

  test('all of them can be stored, and they are varied', () => {
    const all = made(20_000, 5, true)
    expect(all.filter((user) => findUnstorable(user) !== undefined)).toEqual([])
    for (const name of ['given_name', 'picture', 'blocked', 'user_metadata', 'app_metadata', 'last_login'])
      expect(new Set(all.map((user) => name in user)).size, name).toBe(2)
    expect(new Set(all.map((user) => JSON.stringify(user['user_metadata']))).size).toBeGreaterThan(15_000)
    expect(Math.max(...all.map((user) => JSON.stringify(user).length))).toBeGreaterThan(9000)
  })
})
