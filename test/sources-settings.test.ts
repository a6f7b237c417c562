import { describe, expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'

const URL = 'postgres://reader:hidden@db/keycloak'

const sourcesOf = (env: Record<string, string>) => readConfig({}, env).sources

describe('the variables of sources', () => {
  test('three variables make a source, whose name is that of its connection', () => {
    expect(
      sourcesOf({
        MUSTER_SOURCE_MY_SHOP_URL: URL,
        MUSTER_SOURCE_MY_SHOP_PRESET: 'keycloak',
        MUSTER_SOURCE_MY_SHOP_REALM: 'main',
        MUSTER_SOURCE_A_URL: URL,
      }),
    ).toEqual([
      { name: 'a', url: URL, tables: { preset: 'detect', asked: {} } },
      { name: 'my-shop', url: URL, tables: { preset: 'keycloak', asked: { realm: 'main' } } },
    ])
    expect(sourcesOf({})).toEqual([])
  })

  test('a query takes the place of a preset', () => {
    const env = { MUSTER_SOURCE_X_URL: URL, MUSTER_SOURCE_X_QUERY: 'x.sql', MUSTER_SOURCE_X_KEY: 'id' }
    expect(sourcesOf(env)).toEqual([{ name: 'x', url: URL, tables: { queryFile: 'x.sql', key: 'id' } }])
  })

  test('everything that is wrong is reported at once, and no URL is repeated', () => {
    const attempt = (): unknown =>
      sourcesOf({
        MUSTER_SOURCE_A_URL: 'mysql://reader:hidden@db/a',
        MUSTER_SOURCE_B_PRESET: 'keycloak',
        MUSTER_SOURCE_C_URL: URL,
        MUSTER_SOURCE_C_REALMS: 'main',
        MUSTER_SOURCE_D_URL: URL,
        MUSTER_SOURCE_D_QUERY: 'x.sql',
        MUSTER_SOURCE_D_REALM: 'main',
        MUSTER_SOURCE_E_URL: URL,
        MUSTER_SOURCE_E_PRESET: 'Key Cloak',
        MUSTER_PORT: 'x',
      })
    for (const complaint of [
      'MUSTER_SOURCE_A_URL: expected a URL that begins with postgres://',
      'MUSTER_SOURCE_B_URL: expected the database of the source',
      'MUSTER_SOURCE_C_REALMS: expected MUSTER_SOURCE_, a name, _ and one of URL, PRESET',
      'MUSTER_SOURCE_D_QUERY and MUSTER_SOURCE_D_KEY: expected both or neither',
      'MUSTER_SOURCE_D_REALM: expected not to be set together with MUSTER_SOURCE_D_QUERY',
      'MUSTER_SOURCE_E_PRESET: expected the name of a preset, or detect; came: Key Cloak',
      'MUSTER_PORT',
    ])
      expect(attempt, complaint).toThrow(complaint)
    expect(attempt).not.toThrow('hidden')
  })
})
