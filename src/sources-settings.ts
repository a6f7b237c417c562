import { ASK_NAMES, type SourceSettings } from './domain/source.ts'
import { anyText, databaseUrl, matching } from './settings.ts'

interface SourceKey {
  readonly about: string
  readonly unset: string
  readonly parse: (text: string) => string
}

const asked = (what: string, unset = 'the only one, if the database has one'): SourceKey => ({
  about: `${what}, for a preset that asks for one; its name or its id.`,
  unset,
  parse: anyText,
})

const plainName = matching(/^[A-Za-z_][A-Za-z0-9_$]{0,62}$/, 'the name of a schema or column')

/** The end of a variable's name, after `MUSTER_SOURCE_` and the name of the source. */
export const SOURCE_KEYS = {
  URL: {
    about: 'The PostgreSQL database of the source; a replica is fine. Only this makes a source.',
    unset: 'no source',
    parse: databaseUrl,
  },
  PRESET: {
    about: 'The product whose tables they are: the name of a preset, or detect.',
    unset: 'detect',
    parse: matching(/^[a-z][a-z0-9-]{0,62}$/, 'the name of a preset, or detect'),
  },
  SCHEMA: { about: 'The schema of the tables.', unset: "the product's own", parse: plainName },
  REALM: asked('The realm'),
  TENANT: asked('The tenant', 'the only one, if the database has one; SuperTokens: all'),
  INSTANCE: asked('The instance'),
  NETWORK: asked('The network'),
  APP: asked('The app'),
  ORGANIZATION: asked('The organization', 'all'),
  QUERY: {
    about: 'A file with a SELECT of own tables, in place of a preset; needs KEY too.',
    unset: 'a preset is used',
    parse: anyText,
  },
  KEY: {
    about: 'The column of QUERY that identifies a user: unique, never null, of type bigint, uuid or text.',
    unset: 'a preset is used',
    parse: plainName,
  },
} as const satisfies Record<string, SourceKey>

type SourceKeyName = keyof typeof SOURCE_KEYS

const NAMES = Object.keys(SOURCE_KEYS) as SourceKeyName[]
const PREFIX = 'MUSTER_SOURCE_'
const SOURCES_MAX = 64

type Values = Partial<Record<SourceKeyName, string>>

export interface ReadSources {
  readonly sources: readonly SourceSettings[]
  readonly complaints: readonly string[]
}

/** The sources in the order of their names, or everything that is wrong with them. No complaint repeats a URL. */
export function readSources(env: Readonly<Record<string, string | undefined>>): ReadSources {
  const complaints: string[] = []
  const byName = new Map<string, Values>()
  for (const [variable, text] of Object.entries(env).sort()) {
    if (!variable.startsWith(PREFIX) || text === undefined || text === '') continue
    const found = namesIn(variable)
    if (found === undefined) {
      complaints.push(`${variable}: expected MUSTER_SOURCE_, a name, _ and one of ${NAMES.join(', ')}`)
      continue
    }
    try {
      const value = SOURCE_KEYS[found.key].parse(text)
      byName.set(found.name, { ...byName.get(found.name), [found.key]: value })
    } catch (error) {
      const came = found.key === 'URL' ? '' : `; came: ${text}`
      complaints.push(`${variable}: ${error instanceof Error ? error.message : String(error)}${came}`)
      // The other variables of the source are not wrong for the lack of this one.
      byName.set(found.name, { ...byName.get(found.name), [found.key]: '' })
    }
  }
  if (byName.size > SOURCES_MAX) complaints.push(`${PREFIX}…: expected at most ${SOURCES_MAX} sources`)
  for (const [name, values] of byName) complaints.push(...contradictions(name, values))
  const sources = [...byName].map(([name, values]) => settingsOf(name, values))
  return { sources: sources.sort((a, b) => (a.name < b.name ? -1 : 1)), complaints }
}

// The name of a source may have an underscore too, so the longest beginning that leaves a known end is the name.
function namesIn(variable: string): { readonly name: string; readonly key: SourceKeyName } | undefined {
  const rest = variable.slice(PREFIX.length)
  const key = NAMES.find((name) => rest.endsWith(`_${name}`))
  const name = key === undefined ? '' : rest.slice(0, -key.length - 1)
  return key !== undefined && /^[A-Z][A-Z0-9_]{0,62}$/.test(name) ? { name, key } : undefined
}

function contradictions(name: string, values: Values): string[] {
  const variable = (key: SourceKeyName): string => `${PREFIX}${name}_${key}`
  const complaints: string[] = []
  if (values.URL === undefined) complaints.push(`${variable('URL')}: expected the database of the source`)
  if ((values.QUERY === undefined) !== (values.KEY === undefined))
    complaints.push(`${variable('QUERY')} and ${variable('KEY')}: expected both or neither`)
  if (values.QUERY !== undefined) {
    const others = NAMES.filter((key) => !['URL', 'QUERY', 'KEY'].includes(key) && values[key] !== undefined)
    for (const key of others)
      complaints.push(`${variable(key)}: expected not to be set together with ${variable('QUERY')}`)
  }
  return complaints
}

function settingsOf(name: string, values: Values): SourceSettings {
  const source = { name: name.toLowerCase().replaceAll('_', '-'), url: values.URL ?? '' }
  if (values.QUERY !== undefined)
    return { ...source, tables: { queryFile: values.QUERY, key: values.KEY ?? '' } }
  const given = ASK_NAMES.flatMap((ask) => {
    const value = values[ask.toUpperCase() as SourceKeyName]
    return value === undefined ? [] : [[ask, value] as const]
  })
  const schema = values.SCHEMA === undefined ? {} : { schema: values.SCHEMA }
  return {
    ...source,
    tables: { preset: values.PRESET ?? 'detect', ...schema, asked: Object.fromEntries(given) },
  }
}
