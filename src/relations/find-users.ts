import { Failure } from '../domain/failure.ts'
import type { AskName, TablesWish } from '../domain/source.ts'
import { identifier, literal } from '../pg/sql.ts'
import { type Catalogue, readCatalogue } from './catalogue.ts'
import type { Ask, Look, Preset, PresetUsers } from './preset.ts'
import type { Statements } from './relation.ts'

export interface FoundUsers {
  /** Its name, or `query` for a query of the operator. */
  readonly preset: string
  /** The names as the operator may write them. */
  readonly asked: Readonly<Partial<Record<AskName, string>>>
  readonly users: PresetUsers
}

interface Choice {
  readonly value: string
  readonly name: string
}

// An error message with more names could not be read.
const CHOICES_LISTED = 20

/** A preset and the tables by which it was recognized. */
export interface Recognized {
  readonly preset: Preset
  readonly catalogue: Catalogue
}

/** Fails with `source_unusable`, in a sentence for the operator. */
export async function findUsers(
  session: Statements,
  wish: TablesWish,
  presets: readonly Preset[],
): Promise<FoundUsers> {
  const { preset, catalogue } = await recognize(session, wish, presets)
  const look = lookInto(catalogue)
  const chosen = await Promise.all(
    preset.asks.map(async (ask) => [ask.name, await chooseOf(session, ask, { look, wish })] as const),
  )
  const isGiven = (entry: readonly [AskName, Choice | undefined]): entry is readonly [AskName, Choice] =>
    entry[1] !== undefined
  const given = chosen.filter(isGiven)
  const values = Object.fromEntries(given.map(([name, { value }]) => [name, value]))
  const asked = Object.fromEntries(given.map(([name, choice]) => [name, choice.name]))
  return { preset: preset.name, asked, users: preset.users(lookFor(catalogue, values)) }
}

/** Reads names only, so it needs no privilege on the tables. Fails with `source_unusable`. */
export async function recognize(
  session: Statements,
  { preset: name, schema }: TablesWish,
  presets: readonly Preset[],
): Promise<Recognized> {
  const isDetected = name === 'detect'
  const candidates = presets.filter((preset) => isDetected || preset.name === name)
  const looked = new Map<string, Catalogue>()
  const recognized: Recognized[] = []
  for (const preset of candidates) {
    const place = schema ?? preset.schema
    const catalogue = looked.get(place) ?? (await readCatalogue(session, place))
    looked.set(place, catalogue)
    if (preset.recognizes(catalogue)) recognized.push({ preset, catalogue })
  }
  const [found, ...others] = recognized
  if (found !== undefined && others.length === 0) return found
  const places = [...looked.keys()]
  if (others.length > 0) {
    const names = recognized.map(({ preset }) => preset.name).join(', ')
    throw unusable(`the tables may be those of ${names}: name one as the preset`)
  }
  const whose = isDetected ? 'a product that has a preset' : (candidates[0]?.product ?? name)
  const where = places.length === 1 ? `the schema ${places[0]} has` : `the schemas ${places.join(', ')} have`
  throw unusable(`${where} no tables of ${whose}`)
}

/** All columns that an export reads, by table. It runs no query, so a role that may read nothing gets the answer too. */
export function readsOf({ preset, catalogue }: Recognized, { asked }: TablesWish): PresetUsers['reads'] {
  const named = preset.asks.filter(({ name, isOptional }) => isOptional !== true || asked[name] !== undefined)
  // The names of columns do not depend on what the operator named.
  const values = Object.fromEntries(named.map(({ name }) => [name, asked[name] ?? '']))
  return preset.users(lookFor(catalogue, values)).reads
}

async function chooseOf(
  session: Statements,
  ask: Ask,
  { look, wish }: { readonly look: Pick<Look, 'has' | 'table'>; readonly wish: TablesWish },
): Promise<Choice | undefined> {
  const given = wish.asked[ask.name]
  if (given === undefined && ask.isOptional === true) return undefined
  const choices = await session.query<Choice>(ask.choices(look))
  const names = choices.map(({ name }) => name)
  const listed = names.slice(0, CHOICES_LISTED).join(', ') + (names.length > CHOICES_LISTED ? ', …' : '')
  if (given === undefined) {
    const [only, ...more] = choices
    if (only !== undefined && more.length === 0) return only
    throw unusable(`the ${ask.name} is not set; expected one of: ${listed}`)
  }
  const found = choices.find(({ name }) => name === given) ?? choices.find(({ value }) => value === given)
  if (found !== undefined) return found
  throw unusable(`the database has no ${ask.name} ${given}; it has: ${listed}`)
}

function unusable(problem: string): Failure {
  return new Failure('source_unusable', problem)
}

function lookInto({ schema, tables }: Catalogue): Omit<Look, 'asked' | 'isAsked'> {
  return {
    table: (name) => `${identifier(schema)}.${identifier(name)}`,
    has: (table, column) =>
      column === undefined ? tables.has(table) : tables.get(table)?.has(column) === true,
    type: (table, column) => tables.get(table)?.get(column),
    tables: [...tables.keys()],
    columns: (table) => [...(tables.get(table)?.keys() ?? [])],
  }
}

/** What a preset sees. `values` are those of the tables. */
export function lookFor(catalogue: Catalogue, values: Readonly<Partial<Record<AskName, string>>>): Look {
  return {
    ...lookInto(catalogue),
    isAsked: (name) => values[name] !== undefined,
    asked: (name) => {
      const value = values[name]
      if (value === undefined) throw new TypeError(`the preset does not ask for the ${name}`)
      return literal(value)
    },
  }
}
