import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Connection } from '../../src/domain/connection.ts'
import type { JsonObject } from '../../src/domain/json.ts'
import type { Attribute } from '../../src/domain/profile.ts'
import { parseQuery } from '../../src/search/parse-query.ts'
import type { ConnectionStore } from '../../src/users/connection-store.ts'
import { newProfile } from '../../src/users/new-profile.ts'
import type { FoundUser, UserFinder, UserSearch } from '../../src/users/user-search.ts'
import type { UserStore } from '../../src/users/user-store.ts'
import { newConnection } from '../fixtures/users.ts'

export interface OpenUserFinder {
  readonly finder: UserFinder
  readonly users: UserStore
  readonly connections: ConnectionStore
  readonly stop: () => Promise<void>
}

const everybody: UserSearch = { offset: 0, limit: 100 }

/** What any finder of users must do. `open` gives one without users. */
export function userFinderContract(open: () => Promise<OpenUserFinder>): void {
  let opened: OpenUserFinder
  let finder: UserFinder
  let connection: Connection
  beforeAll(async () => {
    opened = await open()
    finder = opened.finder
  })
  afterAll(() => opened.stop())
  beforeEach(async () => {
    for (const old of await opened.connections.list()) await opened.connections.remove(old.id)
    connection = newConnection('Users')
    await opened.connections.add(connection)
  })

  async function add(name: string, given: JsonObject = {}, to = connection): Promise<string> {
    const now = new Date('2026-01-01T00:00:00.000Z')
    const whole = { user_id: `auth0|${name}`, email: `${name}@example.com`, ...given }
    const profile = newProfile(whole, { connection: to, now, preserve: true })
    await opened.users.add({ profile }, to)
    return profile.user_id
  }
  const idsOf = (found: readonly FoundUser[]) => found.map(({ profile }) => profile?.user_id)
  const filterOf = (text: string) => {
    const filter = parseQuery(text)
    return 'problem' in filter ? expect.fail(filter.problem) : filter
  }

  test('users are found page by page in the order in which they were added, and the count ignores the page', async () => {
    const ids = [await add('c'), await add('a'), await add('b')]
    expect(idsOf(await finder.find(everybody))).toEqual(ids)
    expect(idsOf(await finder.find({ offset: 1, limit: 1 }))).toEqual([ids[1]])
    expect(await finder.find({ offset: 3, limit: 10 })).toEqual([])
    expect(await finder.count({})).toBe(3)
  })

  test('a filter and a connection together find the users that match both', async () => {
    const other = newConnection('Others')
    await opened.connections.add(other)
    const mine = await add('a', { given_name: 'Ada' })
    await add('b', { given_name: 'Ada' }, other)
    await add('c', { given_name: 'Cid' })
    const search = { filter: filterOf('given_name:ada'), connectionId: connection.id }
    expect(idsOf(await finder.find({ ...everybody, ...search }))).toEqual([mine])
    expect(await finder.count(search)).toBe(1)
  })

  test.each(['ascending', 'descending'] as const)(
    'a walk from place to place gives the whole %s order, with users without a value last',
    async (direction) => {
      const low = await add('low', { logins_count: 1 })
      const none = await add('none')
      const high = await add('high', { logins_count: 10 })
      const equal = await add('equal', { logins_count: 10 })
      const search: UserSearch = {
        order: { attribute: 'logins_count' satisfies Attribute, direction },
        offset: 0,
        limit: 1,
      }
      const walked: (string | undefined)[] = []
      let [found] = await finder.find(search)
      while (found !== undefined) {
        walked.push(found.profile?.user_id)
        ;[found] = await finder.find({ ...search, after: found })
      }
      const valued = direction === 'ascending' ? [low, high, equal] : [high, equal, low]
      expect(walked).toEqual([...valued, none])
    },
  )

  test('an address finds its users in every connection, in any case', async () => {
    const other = newConnection('Others')
    await opened.connections.add(other)
    const ids = [
      await add('a', { email: 'ada@example.com' }),
      await add('b', { email: 'ada@example.com' }, other),
    ]
    await add('c')
    expect(idsOf(await finder.findByEmail('ADA@example.COM'))).toEqual(ids)
    expect(await finder.findByEmail('nobody@example.com')).toEqual([])
  })

  test('profiles come in the order of the users, without a user who was deleted after the search', async () => {
    const ids = [await add('a'), await add('b'), await add('c')]
    const found = [...(await finder.find(everybody))].reverse()
    await opened.users.remove(ids[1] ?? '')
    const read: string[] = []
    for await (const profiles of finder.profiles(found)) read.push(...profiles.map(({ user_id }) => user_id))
    expect(read).toEqual([ids[2], ids[0]])
  })
}
