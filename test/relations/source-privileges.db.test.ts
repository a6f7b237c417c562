import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { identifier } from '../../src/pg/sql.ts'
import { type KeycloakDatabase, keycloakSource, newKeycloakDatabase } from '../fixtures/keycloak-database.ts'

const server = inject('postgres')

describe.skipIf(!('url' in server))('a source whose role may not read all that an export reads', () => {
  let opened: KeycloakDatabase
  let url: URL
  beforeAll(async () => {
    opened = await newKeycloakDatabase(1)
    url = new URL(opened.url)
    url.username = `reader_of_${url.pathname.slice(1)}`
    url.password = 'reader'
    await opened.database.query(`create role ${identifier(url.username)} login password 'reader'`)
  })
  afterAll(async () => {
    await opened.database.query(`drop owned by ${identifier(url.username)}`)
    await opened.database.query(`drop role ${identifier(url.username)}`)
    await opened.stop()
  })

  async function stateAfter(change: string) {
    await opened.database.query(`${change} ${identifier(url.username)}`)
    const source = keycloakSource('customers', url.href)
    const state = await source.state()
    await source.database.stop()
    return state
  }

  test('the source is unusable, and says which table is meant, also if one column is missing', async () => {
    await stateAfter('grant select on all tables in schema public to')
    expect(await stateAfter('revoke select on credential from')).toEqual({
      kind: 'unusable',
      problem:
        'The source customers: the role may not read a table or column (permission denied for table credential).',
    })
    expect(await stateAfter('grant select (user_id) on credential to')).toMatchObject({ kind: 'unusable' })
    expect(await stateAfter('grant select (type) on credential to')).toMatchObject({ kind: 'reachable' })
  })
})
