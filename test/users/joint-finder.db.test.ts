import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { Profile } from '../../src/domain/profile.ts'
import { changeUser, findUser } from '../../src/flow/change-user.ts'
import { findByEmail, searchByCheckpoint, searchByOffset } from '../../src/flow/search-users.ts'
import { jointFinder } from '../../src/users/joint-finder.ts'
import { pgConnectionStore } from '../../src/users/pg-connection-store.ts'
import { pgSourceFinder } from '../../src/users/pg-source-finder.ts'
import { pgUserFinder } from '../../src/users/pg-user-search.ts'
import { pgUserStore } from '../../src/users/pg-user-store.ts'
import { withSourceConnections } from '../../src/users/source-connections.ts'
import { withSourceUsers } from '../../src/users/source-users.ts'
import { tickingClock } from '../fixtures/clock.ts'
import { addUser, openExportTenant } from '../fixtures/export-tenant.ts'
import { keycloakSource, newKeycloakDatabase } from '../fixtures/keycloak-database.ts'

const server = inject('postgres')
const [OWN, EAST, WEST] = [5, 7, 4]

describe.skipIf(!('url' in server))('searches for users of sources', () => {
  const stops: (() => Promise<void>)[] = []
  let deps: ReturnType<typeof depsWith>
  let eastId = ''
  const all: string[] = []

  let own: Awaited<ReturnType<typeof openExportTenant>>['database']
  const sources: ReturnType<typeof sourceOn>[] = []

  function sourceOn(name: string, url: string) {
    const source = keycloakSource(name, url)
    stops.push(source.database.stop)
    return source
  }

  function depsWith(of: typeof sources) {
    const finders = of.map((source) => pgSourceFinder(source, source.database))
    return {
      finder: jointFinder(pgUserFinder(own), finders),
      users: withSourceUsers(pgUserStore(own), finders),
      connections: withSourceConnections(pgConnectionStore(own), of),
      clock: tickingClock,
      hasher: { bcrypt: () => Promise.reject(new Error('no password is set')) },
    }
  }

  beforeAll(async () => {
    const opened = await openExportTenant({ name: 'postgres' })
    stops.push(opened.stop)
    own = opened.database
    for (let n = 0; n < OWN; n++)
      await addUser(own, { user_id: `own${n}`, email: `Own${n}@example.com`, username: `own${n}` })
    const east = await newKeycloakDatabase(EAST, 'east')
    const west = await newKeycloakDatabase(WEST, 'west')
    stops.push(east.stop, west.stop)
    sources.push(sourceOn('east', east.url), sourceOn('west', west.url))
    deps = depsWith(sources)
    const [row] = await east.database.query<{ id: string }>(
      `select id from user_entity where username = 'east1'`,
    )
    eastId = `auth0|${row?.id}`
    for (const [name, count, from] of [
      ['own', OWN, 0],
      ['east', EAST, 1],
      ['west', WEST, 1],
    ] as const)
      for (let n = 0; n < count; n++) all.push(`${name}${n + from}`)
  })
  afterAll(async () => {
    for (const stop of stops.reverse()) await stop()
  })

  const names = (users: readonly Profile[]) => users.map((user) => String(user['username']))

  test('P43 pages by number show all users once, own users first, with the total', async () => {
    for (const perPage of [1, 3, 4, 16, 100]) {
      const found: string[] = []
      for (let page = 0; page * perPage < all.length; page++) {
        const list = await searchByOffset({}, { page, perPage, isTotalWanted: true }, deps)
        expect(list.total).toBe(all.length)
        found.push(...names(list.users))
      }
      expect(found.slice(0, OWN), String(perPage)).toEqual(all.slice(0, OWN))
      expect(found.sort()).toEqual([...all].sort())
    }
    const beyond = await searchByOffset({}, { page: 9, perPage: 10, isTotalWanted: false }, deps)
    expect(beyond.users).toEqual([])
  })

  test('P43 pages by number can be sorted over all databases, with users who lack the value last', async () => {
    const read = async (sort: string) => {
      const found: string[] = []
      for (let page = 0; page * 3 < all.length; page++)
        found.push(
          ...names((await searchByOffset({ sort }, { page, perPage: 3, isTotalWanted: false }, deps)).users),
        )
      return found
    }
    expect(await read('username:1')).toEqual([...all].sort())
    expect(await read('username:-1')).toEqual([...all].sort().reverse())
    const byLogin = await read('last_login:1')
    expect([...byLogin].sort()).toEqual([...all].sort())
  })

  test('P43 pages by checkpoint show all users once, also within one source and in an order', async () => {
    const read = async (wish: { connection?: string; sort?: string }) => {
      const found: string[] = []
      let from: string | undefined
      do {
        const page = await searchByCheckpoint(wish, { from, take: 3 }, deps)
        found.push(...names(page.users))
        from = page.next
      } while (from !== undefined)
      return found
    }
    expect((await read({})).sort()).toEqual([...all].sort())
    const ofEast = all.filter((name) => name.startsWith('east'))
    expect((await read({ connection: 'east' })).sort()).toEqual(ofEast)
    expect(await read({ connection: 'east', sort: 'email:-1' })).toEqual([...ofEast].reverse())
    await expect(read({ sort: 'email:1' })).rejects.toMatchObject({ code: 'paging_invalid' })
  })

  test('a checkpoint that a client has made up is refused', async () => {
    for (const place of [
      ['x', null, null, 'nowhere'],
      [5, null, null, 'east'],
      ['a\u0000', null, null, 'east'],
    ]) {
      const from = Buffer.from(JSON.stringify(place)).toString('base64url')
      const page = searchByCheckpoint({}, { from, take: 3 }, deps)
      await expect(page, String(place)).rejects.toMatchObject({ code: 'paging_invalid' })
    }
  })

  test('a query, an e-mail address in any case, and a user_id find users of a source', async () => {
    const found = await searchByOffset(
      { q: 'email:EAST1@example.com' },
      { page: 0, perPage: 5, isTotalWanted: true },
      deps,
    )
    expect([names(found.users), found.total]).toEqual([['east1'], 1])
    expect(names((await findByEmail('East1@Example.com', deps)).users)).toEqual(['east1'])
    expect(names((await findByEmail('own1@example.com', deps)).users)).toEqual(['own1'])
    expect(await findUser(eastId, deps)).toMatchObject({
      user_id: eastId,
      email: 'east1@example.com',
      identities: [{ connection: 'east', provider: 'auth0', isSocial: false, user_id: eastId.slice(6) }],
      user_metadata: { east: ['east1'] },
    })
    await expect(findUser('auth0|nobody', deps)).rejects.toMatchObject({ code: 'user_not_found' })
  })

  test('P43 a user of a source cannot be changed or deleted', async () => {
    const patch = changeUser(eastId, { attributes: { name: 'x' } }, deps)
    await expect(patch).rejects.toMatchObject({ code: 'operation_unsupported' })
    await expect(deps.users.remove(eastId)).rejects.toMatchObject({ code: 'operation_unsupported' })
    expect(await deps.users.remove('auth0|nobody')).toBe(false)
  })

  test('a source that is down is left out of searches without a connection, and a user who may be there is 503', async () => {
    const away = sourceOn('away', 'postgres://nobody@127.0.0.1:1/none')
    const without = depsWith([...sources, away])
    const list = await searchByOffset({}, { page: 0, perPage: 100, isTotalWanted: true }, without)
    expect(names(list.users).sort()).toEqual([...all].sort())
    expect((await findUser(eastId, without)).user_id).toBe(eastId)
    for (const ask of [findUser, findByEmail])
      await expect(ask('auth0|nobody', without)).rejects.toMatchObject({
        code: 'source_unavailable',
        message: expect.stringContaining('away'),
      })
    const alone = searchByOffset(
      { connection: 'away' },
      { page: 0, perPage: 5, isTotalWanted: false },
      without,
    )
    await expect(alone).rejects.toMatchObject({ code: 'source_unavailable' })
  })
})
