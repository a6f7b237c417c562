import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import pg from 'pg'
import { expect } from 'vitest'
import { type OwnPostgres, startPostgres } from '../fixtures/postgres-server.ts'
import { type Api, apiOf, firstConnectionId, heldFetch, importMany, type Server } from './harness.ts'
import { newFolder } from './start-process.ts'

// Two ranges, so that a kill can come between them.
const MEMBERS = 30_000
const OWN = 500

interface Kind {
  readonly name: string
  readonly type: 'bigint' | 'uuid' | 'text'
  readonly key: string
  readonly keyOf: (n: number) => string
}

const KINDS: readonly Kind[] = [
  { name: 'north', type: 'bigint', key: 'n', keyOf: String },
  { name: 'south', type: 'uuid', key: 'md5(n::text)::uuid', keyOf: uuidOf },
  { name: 'west', type: 'text', key: `'w' || n`, keyOf: (n) => `w${n}` },
]

function uuidOf(n: number): string {
  const hex = createHash('md5').update(String(n)).digest('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** The users of a database on a PostgreSQL server of its own. */
export interface OtherSource {
  readonly name: string
  readonly postgres: OwnPostgres
  readonly env: Readonly<Record<string, string>>
  readonly users: readonly User[]
}

type User = readonly [id: string, email: string, name: string]

export function startSources(): Promise<readonly OtherSource[]> {
  return Promise.all(KINDS.map(startSource))
}

async function startSource({ name, type, key, keyOf }: Kind): Promise<OtherSource> {
  const postgres = await startPostgres({ isDurable: true })
  const client = new pg.Client(postgres.url)
  await client.connect()
  await client.query(`create table member (id ${type} primary key, mail text, title text)`)
  await client.query(
    `insert into member select ${key}, n || '@${name}.example', 'Member ' || n from generate_series(1, $1::int) as n`,
    [MEMBERS],
  )
  await client.end()
  const file = join(newFolder(), `${name}.sql`)
  writeFileSync(file, 'select id, mail as email, title as name from member')
  const variable = `MUSTER_SOURCE_${name.toUpperCase()}`
  const env = { [`${variable}_URL`]: postgres.url, [`${variable}_QUERY`]: file, [`${variable}_KEY`]: 'id' }
  const users = numbered(MEMBERS, (n): User => [keyOf(n), `${n}@${name}.example`, `Member ${n}`])
  return { name, postgres, env, users }
}

function numbered<T>(count: number, of: (n: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, index) => of(index + 1))
}

export interface Export {
  readonly id: string
  readonly begunAt: number
  readonly format: 'csv' | 'json'
  /** The users of all databases, Muster's own, or those of the source of this name. */
  readonly whose: string
}

export interface Ended {
  readonly status: string
  readonly details: string
  readonly wasTriedAgain: boolean
  /** From the request to the end of the job. */
  readonly milliseconds: number
}

export interface World {
  begin(whose: string, format: Export['format']): Promise<Export>
  /** Fails if a completed file, or its receipt, has other users than it must have. */
  endOf(begun: Export): Promise<Ended>
  /** The status of `/health/ready`, and how many sources it counts in each state. */
  readiness(): Promise<unknown>
  stateOf(source: string): Promise<unknown>
}

export async function newWorld(server: Server, sources: readonly OtherSource[]): Promise<World> {
  const api = await apiOf(server)
  const own = numbered(OWN, (n): User => [`own${n}`, `own${n}@example.com`, `Own ${n}`])
  const ownId = await firstConnectionId(api)
  await importMany(
    api,
    ownId,
    own.map(([id, email, name]) => ({ user_id: id, email, name })),
  )
  const ids = new Map((await connectionsOf(api)).map(({ name, id }) => [name, id])).set('own', ownId)
  const parts = [{ name: 'own', users: own }, ...sources]
  const truths = new Map(parts.map((part) => [part.name, truthOf([part])])).set('all', truthOf(parts))
  return {
    begin: async (whose, format) => {
      const fields = ['user_id', 'email', 'name'].map((name) => ({ name }))
      const body = {
        ...{ format, fields, connection_id: ids.get(whose) },
        ...(format === 'csv' ? { csv: { guard: 'none' } } : {}),
      }
      const begunAt = performance.now()
      const created = await api.post('jobs/users-exports', body)
      if (created.status !== 200) throw new Error(`POST answered ${created.status}: ${await created.text()}`)
      return { ...((await created.json()) as { id: string }), begunAt, format, whose }
    },
    endOf: async (begun) => {
      const { job, wasTriedAgain } = await watched(api, begun.id)
      const milliseconds = performance.now() - begun.begunAt
      const [status, details] = [String(job['status']), String(job['status_details'])]
      if (status === 'completed') await compare(api, job, { ...begun, truth: truths.get(begun.whose) })
      return { status, details, wasTriedAgain, milliseconds }
    },
    readiness: async () => {
      const answer = await heldFetch(`${server.url}/health/ready`)
      return [answer.status, ((await answer.json()) as { sources: unknown }).sources]
    },
    stateOf: async (source) => {
      const connections = await connectionsOf(api)
      return connections.find(({ name }) => name === source)?.options?.source?.state
    },
  }
}

interface Connection {
  readonly id: string
  readonly name: string
  readonly options?: { readonly source?: { readonly state: string } }
}

async function connectionsOf(api: Api): Promise<readonly Connection[]> {
  return (await (await api.get('connections')).json()) as Connection[]
}

interface Truth {
  /** A line for each user, sorted. */
  readonly lines: readonly string[]
  readonly sources: readonly object[] | undefined
}

function truthOf(parts: readonly { readonly name: string; readonly users: readonly User[] }[]): Truth {
  const lines = parts
    .flatMap(({ users }) => users)
    .map(([id, ...rest]) => [`auth0|${id}`, ...rest].join('\t'))
  const counts = parts.map(({ name, users: { length: users } }) => ({
    ...{ source: name === 'own' ? null : name, users, counted: users },
  }))
  return { lines: lines.sort(), sources: parts.length === 1 && parts[0]?.name === 'own' ? undefined : counts }
}

interface Watched {
  readonly job: Readonly<Record<string, unknown>>
  readonly wasTriedAgain: boolean
}

async function watched(api: Api, id: string): Promise<Watched> {
  let wasTriedAgain = false
  for (;;) {
    const job = (await (await api.get(`jobs/${id}`)).json()) as Record<string, unknown>
    if (job['status'] === 'completed' || job['status'] === 'failed') return { job, wasTriedAgain }
    wasTriedAgain ||= String(job['status_details']).includes('will be tried again')
    // Polling is the API: there is no other way for a client to learn of the end.
    await new Promise((later) => setTimeout(later, 20))
  }
}

interface Compared extends Export {
  readonly truth: Truth | undefined
}

async function compare(
  api: Api,
  job: Readonly<Record<string, unknown>>,
  { id, whose, format, truth }: Compared,
): Promise<void> {
  const file = await heldFetch(String(job['location']))
  const text = gunzipSync(Buffer.from(await file.arrayBuffer())).toString()
  const lines = text.trimEnd().split('\n')
  const users = format === 'csv' ? lines.slice(1).map(lineOfCsv) : lines.map(lineOfJson)
  const receipt = await (await api.get(`jobs/${id}/receipt`)).text()
  const claims = Buffer.from(receipt.split('.')[1] ?? '', 'base64url').toString()
  const { sources } = JSON.parse(claims) as { sources?: readonly { snapshot: string }[] }
  expect(sources?.map(({ snapshot: _, ...counts }) => counts)).toEqual(truth?.sources)
  // Compared as one text: to name each difference of so many lines would take minutes.
  const isWhole = users.sort().join('\n') === truth?.lines.join('\n')
  expect({ whose, users: users.length, isWhole }).toEqual({
    whose,
    users: truth?.lines.length,
    isWhole: true,
  })
}

// No value of these users has a comma or a quote.
function lineOfCsv(line: string): string {
  return line.replaceAll('"', '').replaceAll(',', '\t')
}

function lineOfJson(line: string): string {
  const { user_id: id, email, name } = JSON.parse(line) as Record<string, string>
  return [id, email, name].join('\t')
}
