import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { parseFieldName } from '../../src/domain/field-path.ts'
import { findUsers } from '../../src/relations/find-users.ts'
import { PRESETS } from '../../src/relations/presets.ts'
import type { Relation } from '../../src/relations/relation.ts'
import { sourceRelation } from '../../src/relations/source-relation.ts'
import { type KeycloakDatabase, newKeycloakDatabase } from '../fixtures/keycloak-database.ts'

const server = inject('postgres')

describe.skipIf(!('url' in server))('how PostgreSQL reads the users of a preset', () => {
  let opened: KeycloakDatabase
  let relation: Relation
  beforeAll(async () => {
    opened = await newKeycloakDatabase(20_000)
    await opened.database.query('analyze')
    const wish = { preset: 'keycloak', asked: { realm: 'main' } }
    relation = sourceRelation((await findUsers(opened.database, wish, PRESETS)).users, 'customers')
  })
  afterAll(() => opened.stop())

  async function planOf(columns: readonly string[], condition = 'true'): Promise<string> {
    const values = columns.map((name) => {
      const path = parseFieldName(name)
      const value = 'problem' in path ? undefined : relation.column(path)
      return value === undefined || value.kind === 'never' ? 'null' : value.sql
    })
    const rows = await opened.database.query<{ 'QUERY PLAN': string }>(
      `explain (costs off) select ${values.join(', ')} from ${relation.from} where ${condition}`,
    )
    return rows.map((row) => row['QUERY PLAN']).join('\n')
  }

  test('a table whose rows no column needs is not read', async () => {
    const plan = await planOf(['user_id', 'email', 'blocked', 'created_at', 'identities[0].connection'])
    expect(plan).toContain('user_entity')
    for (const table of ['user_attribute', 'federated_identity', 'user_role_mapping', 'credential'])
      expect(plan).not.toContain(table)
    expect(await planOf(['user_metadata.team[0]'])).toContain('user_attribute')
  })

  test('rows of a user are looked up once, however many columns need them', async () => {
    const plan = await planOf(['user_metadata.team[0]', 'user_metadata.team[1]', 'picture'])
    expect(plan.match(/ on user_attribute/g)).toHaveLength(1)
  })

  test('a range of keys, a user_id and an e-mail address are found by an index', async () => {
    const range = `${relation.key.sql} > 'a'::text and ${relation.key.sql} <= 'a1'::text`
    expect(await planOf(['user_metadata'], range)).toMatch(/Index.* on user_entity/)
    expect(await planOf(['email'], `${relation.key.sql} = 'x'::text`)).toMatch(/Index.*user_entity_pkey/)
    expect(await planOf(['email'], `email = 'x'::text`)).toMatch(/idx_user_email/)
  })
})
