import { describe, expect, test } from 'vitest'
import type { Accepted } from '../../src/flow/checked-batches.ts'
import { newImportTally } from '../../src/flow/import-tally.ts'
import { leftOut, type Remark, serverMade } from '../../src/users/left-out.ts'
import { newSecretNames } from '../../src/users/secret-names.ts'
import type { BatchOutcome } from '../../src/users/user-store.ts'
import { importedUser, newConnection } from '../fixtures/users.ts'

const connection = newConnection('Users')
const request = {
  by: 'stream',
  format: 'ndjson',
  upsert: 'no',
  preserve: false,
  dryRun: false,
  objectKey: 'k',
} as const
const takeTimes = async (): Promise<Date> => new Date(0)
const checking = { request, connection, takeTimes, secretNames: newSecretNames() }
const blocked = leftOut('#/blocked', 'An upsert does not change this')
const logins = serverMade('logins_count') ?? blocked

function accepted(position: number, more: Partial<Accepted> = {}): Accepted {
  const value = { email: `${position}@x.io`, password_hash: 'secret' }
  const entry = { kind: 'user', line: position + 1, value, bytes: 30 } as const
  return { position, entry, user: importedUser(connection, { email: value.email }), ...more }
}

function tallied(users: readonly Accepted[], stored: Partial<BatchOutcome> = {}) {
  const tally = newImportTally(checking)
  const refused = stored.refused ?? []
  const outcome = { inserted: users.length - refused.length, updated: 0, refused, ...stored }
  const entries = tally.add({ number: 0, accepted: users, errors: [] }, outcome)
  return { entries, summary: tally.summary(), ...tally.details() }
}

describe("an import's report", () => {
  test('an import’s report lists incomplete users among refused users, in the order of the file', () => {
    const users = [accepted(0, { leftOut: [blocked] }), accepted(1, { leftOut: [blocked] }), accepted(2)]
    const { entries, summary, details } = tallied(users, {
      refused: [{ ordinal: 1, reason: 'email', isInFile: false }],
      unwritten: [{ ordinal: 0, names: ['username'] }],
    })
    const user = { email: '0@x.io', password_hash: '*****' }
    expect(entries).toEqual([
      {
        position: 0,
        kind: 'left_out',
        error: { user, errors: [blocked, expect.objectContaining({ path: '#/username' })], line: 1 },
      },
      { position: 1, error: expect.objectContaining({ line: 2 }) },
    ])
    expect(summary).toEqual({ failed: 1, updated: 0, inserted: 2, total: 3, incomplete: 1 })
    expect(details).toBe('Left out, for the reasons that the errors give: blocked (1), username (1).')
  })

  test('an import’s report omits incomplete users if there are none', () => {
    expect(tallied([accepted(0)])).toEqual({
      entries: [],
      summary: { failed: 0, updated: 0, inserted: 1, total: 1 },
    })
  })

  test('an import’s report lists a bounded number of users and gives their total', () => {
    const many = (count: number, more: Partial<Accepted>) =>
      Array.from({ length: count }, (_, at) => accepted(at, more))
    const exported = tallied(many(1_500, { leftOut: [logins] }))
    expect([exported.entries.length, exported.summary.incomplete]).toEqual([1_000, 1_500])
    expect(exported.details).toContain('The errors list 1000 of the 1500 users who came in incomplete.')
    // What only the server sets takes no place from the rest.
    const mixed = tallied([
      ...many(1_500, { leftOut: [logins] }),
      ...many(11_000, { leftOut: [logins, blocked] }),
    ])
    expect(mixed.entries.length).toBe(11_000)
  })

  test('an import’s remarks give numbers of users and probable names, and omit refused users', () => {
    const secret: Remark = { kind: 'secret_kept', name: 'user_metadata.token' }
    const foreign: Remark = { kind: 'foreign_attribute', name: 'NAME', meant: 'name' }
    const users = [
      accepted(0, { remarks: [secret, foreign] }),
      accepted(1, { remarks: [secret] }),
      accepted(2, { remarks: [secret] }),
    ]
    const { details } = tallied(users, { refused: [{ ordinal: 2, reason: 'email', isInFile: false }] })
    expect(details).toBe(
      'Kept in metadata, though it looks like a secret, and given out with every profile: user_metadata.token (2). ' +
        'Kept, though not standard Auth0 fields: NAME (1; probably meant: name).',
    )
  })

  test('an import’s remarks show the twenty most frequent names, in a bounded length', () => {
    const named = (name: string): Remark[] => [{ kind: 'foreign_attribute', name }]
    const users = Array.from({ length: 5_000 }, (_, at) => accepted(at, { remarks: named(`a${at}`) }))
    const { details = '' } = tallied([
      ...users,
      accepted(9, { remarks: named('a7') }),
      accepted(9, { remarks: named('😀'.repeat(9_000)) }),
    ])
    expect(details).toMatch(/: a7 \(2\), a0 \(1\), .* \(1\), and more than 980 more\.$/)
    expect(details.length).toBeLessThan(500)
    const one = tallied([accepted(0, { remarks: named(`x${'😀'.repeat(9_000)}`) })]).details ?? ''
    expect([one.length < 200, Buffer.from(one).toString() === one]).toEqual([true, true])
  })
})
