import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '../../src/domain/connection.ts'
import { newConnectionId } from '../../src/domain/ids.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import { addUser, changeUser } from '../../src/flow/change-user.ts'
import { pgConnectionStore } from '../../src/users/pg-connection-store.ts'
import { pgUserStore } from '../../src/users/pg-user-store.ts'
import { fixedClock } from '../fixtures/clock.ts'
import { ENGINES, type TestDatabase, withDatabase } from '../fixtures/engines.ts'
import { emptyTenant, importDeps, imported } from '../fixtures/import-harness.ts'

const ODD = ['jörg k', 'v1@example.com', 'x'.repeat(40)]
const CODES = ['PATTERN', 'FORMAT', 'MAX_LENGTH']

describe.each(ENGINES)('usernames of a database, on $name', (engine) => {
  let opened: TestDatabase
  let connection: Connection
  beforeAll(async () => {
    opened = await withDatabase(engine)
  })
  afterAll(() => opened.stop())
  beforeEach(async () => {
    await emptyTenant(opened.database)
    const options = { validation: { username: { min: 3, max: 20 } } }
    connection = { id: newConnectionId(), name: 'Limited', strategy: 'auth0', options }
    await pgConnectionStore(opened.database).add(connection)
  })

  const deps = () => ({
    users: pgUserStore(opened.database),
    connections: pgConnectionStore(opened.database),
    clock: fixedClock('2026-01-01T00:00:00Z'),
    hasher: { bcrypt: async () => 'hash' },
  })
  function posted(username: string, name = 'Limited') {
    const attributes = { email: `${Buffer.from(username).toString('hex').slice(0, 9)}@x.io`, username }
    return addUser({ connection: name, attributes, password: 'x' }, deps())
  }
  async function codes(usernames: readonly string[], request: object): Promise<readonly unknown[]> {
    const users = usernames.map((username, n) => ({ email: `${n}@x.io`, username }))
    const format = { format: 'json', file: JSON.stringify(users) } as const
    const { errors } = await imported(
      { connection, file: format.file, request: { format: 'json', ...request } },
      importDeps(opened.database),
    )
    return errors.map(({ errors: [first] }) => `${first?.code} ${first?.path}`)
  }

  test('an import and POST refuse the same usernames, by the limits of the connection', async () => {
    const names = [...ODD, 'xx', 'x'.repeat(21)]
    const expected = [...CODES, 'MIN_LENGTH', 'MAX_LENGTH'].map((code) => `${code} #/username`)
    expect(await codes(names, { by: 'form' })).toEqual(expected)
    expect(await codes(names, { dryRun: true })).toEqual(expected)
    for (const name of names)
      await expect(posted(name)).rejects.toMatchObject({
        code: 'body_invalid',
        refused: [expect.objectContaining({ property: 'username' })],
      })
    expect(await posted('X'.repeat(20))).toMatchObject({ username: 'x'.repeat(20) })
    await expect(posted('x'.repeat(16), 'Users')).rejects.toMatchObject({ code: 'body_invalid' })
  })

  test('a preserved odd username stays, and a change to another odd username is refused', async () => {
    const user = { user_id: 'auth0|1', email: '1@x.io', username: 'jörg k', identities: [identity] }
    const file = `${JSON.stringify(user)}\n`
    const { summary } = await imported(
      { connection, file, request: { preserve: true } },
      importDeps(opened.database),
    )
    expect(summary).toMatchObject({ inserted: 1 })
    const changed = await changeUser('auth0|1', { attributes: { username: 'jörg k', blocked: true } }, deps())
    expect(changed).toMatchObject({ username: 'jörg k', blocked: true })
    for (const username of ODD.slice(1))
      await expect(changeUser('auth0|1', { attributes: { username } }, deps())).rejects.toMatchObject({
        code: 'body_invalid',
      })
    expect(await changeUser('auth0|1', { attributes: { username: 'jk1' } }, deps())).toMatchObject({
      username: 'jk1',
    })
  })
})

const identity: JsonObject = { provider: 'auth0', connection: 'Limited', user_id: '1', isSocial: false }
