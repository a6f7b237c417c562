import { databaseUrl, databaseUrls, type Key, type ValuesOf } from './settings.ts'

export const DATABASE_KEYS = {
  databaseUrl: {
    env: 'DATABASE_URL',
    flag: '--database-url <url>',
    about: 'PostgreSQL 15 or newer, encoding UTF8.',
    unset: 'an embedded PostgreSQL in the data folder',
    parse: databaseUrl,
  },
  databaseReadUrls: {
    env: 'DATABASE_READ_URLS',
    about: 'Replicas from which exports are read, with commas between them; needs DATABASE_URL too.',
    unset: 'none: exports are read from DATABASE_URL',
    parse: databaseUrls,
  },
} as const satisfies Record<string, Key<unknown>>

export function databaseContradictions(values: ValuesOf<typeof DATABASE_KEYS>): string[] {
  const isAlone = values.databaseReadUrls !== undefined && values.databaseUrl === undefined
  return isAlone ? ['DATABASE_READ_URLS: expected DATABASE_URL too'] : []
}
