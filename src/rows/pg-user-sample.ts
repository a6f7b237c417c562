import { CSV_DIALECT } from '../domain/export-request.ts'
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts'
import { ATTRIBUTE_NAMES, ATTRIBUTES, type Attribute } from '../domain/profile.ts'
import type { Briefly, BriefSession } from '../pg/briefly.ts'
import type { ExportPlan } from '../plan/export-plan.ts'
import type { Relation } from '../relations/relation.ts'
import { sampledKeys } from './pg/sampled-keys.ts'
import { bindSettings, selectionOf } from './pg/selection.ts'
import type { SampledUser, SampleWish, UserSample } from './user-sample.ts'

const SAMPLE_USERS = 1_000

const FIND_SECONDS = 0.5
const READ_SECONDS = 0.9
const GROUP_USERS = 100
// Large objects are rare, and a sample of them must not take long to read.
const OBJECT_BYTES_MAX = 64 * 1024
const ADVICE = 'ask for the fields of one connection, or without a query.'

export function pgUserSample(briefly: Briefly, relation: Relation): UserSample {
  return {
    take: async (wish, onUsers) => {
      const selection = selectionOf({ plan: planOf(wish), relation }, undefined)
      const found = await briefly.run({ seconds: FIND_SECONDS, advice: ADVICE }, async (session) => {
        await session.prepare((within) => bindSettings(within, selection))
        return sampledKeys(session, selection, SAMPLE_USERS)
      })
      const read = await briefly.run({ seconds: READ_SECONDS, advice: ADVICE }, (session) =>
        readGroups(session, { relation, keys: found.keys, onUsers }),
      )
      return { isSample: found.isSample || read < found.keys.length }
    },
  }
}

// The filter and the connection alone choose users.
function planOf(wish: SampleWish): ExportPlan {
  return { format: 'csv', csv: CSV_DIALECT, columns: [], discoversMetadata: false, ...wish }
}

type Row = Readonly<Record<string, unknown>>

interface Wanted {
  readonly relation: Relation
  readonly keys: readonly string[]
  readonly onUsers: (users: readonly SampledUser[]) => Promise<void>
}

/** Gives how many of the users were read in time. */
async function readGroups(session: BriefSession, { relation, keys, onUsers }: Wanted): Promise<number> {
  const { from, key } = relation
  const text = `select ${columnsOf(relation)} from ${from} where ${key.sql} = any($1::${key.type}[])`
  for (let at = 0; at < keys.length; at += GROUP_USERS) {
    if (at > 0 && session.secondsLeft() < READ_SECONDS / 4) return at
    const rows = await session.query<Row>(text, [keys.slice(at, at + GROUP_USERS)])
    await onUsers(rows.map(userOf))
  }
  return keys.length
}

function columnsOf(relation: Relation): string {
  return [...ATTRIBUTE_NAMES, 'extra' as const]
    .flatMap((name) => {
      const json = isStructure(name) ? relation.json(name) : undefined
      if (json !== undefined)
        return [
          `case when octet_length(${json}::text) <= ${OBJECT_BYTES_MAX} then ${json} end as ${name}`,
          `coalesce(octet_length(${json}::text) > ${OBJECT_BYTES_MAX}, false) as ${name}_unread`,
        ]
      if (name === 'extra') return []
      const value = relation.column({ root: name, steps: [] })
      return value.kind === 'never' ? [] : [`${value.sql} as ${name}`]
    })
    .join(', ')
}

type Structure = Parameters<Relation['json']>[0]

function isStructure(name: Attribute | 'extra'): name is Structure {
  return name === 'extra' || ATTRIBUTES[name].kind === 'object' || ATTRIBUTES[name].kind === 'array'
}

function userOf(row: Row): SampledUser {
  const unread = ATTRIBUTE_NAMES.filter((name) => row[`${name}_unread`] === true)
  const known = ATTRIBUTE_NAMES.flatMap((name) => {
    const value = row[name]
    return value === undefined || value === null ? [] : [[name, shown(value)] as const]
  })
  const extra = row['extra']
  const attributes = { ...Object.fromEntries(known), ...(isJsonObject(extra) ? extra : {}) } as JsonObject
  return { attributes, unread }
}

function shown(value: unknown): Json {
  return (typeof value === 'bigint' ? Number(value) : value) as Json
}
