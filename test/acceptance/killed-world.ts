import { createHash, randomBytes } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { expect } from 'vitest'
import type { Killable } from './killable.ts'
import { newPatientClient, type PatientClient, type Sent } from './patient-client.ts'

export const EXPORTED = 8000
export const IMPORTED = 11_000

export const END_MS_MAX = 90_000

/** What makes a file of two parts of an upload, since noise cannot be compressed; and a small one. */
export const SHAPES = [
  { format: 'json', fields: [{ name: 'email' }, { name: 'user_metadata.noise' }] },
  { format: 'csv', fields: [{ name: 'email' }] },
] as const

export interface World {
  readonly running: Killable
  readonly client: PatientClient
  readonly steady: Connection
  readonly busy: Connection
  /** The contents of a right file of each shape. */
  readonly right: readonly string[]
  readonly exports: Map<string, number>
  /** By job: the prefix of its users. */
  readonly imports: Map<string, string>
  /** Of users whose POST was answered with 201. */
  readonly created: Set<string>
  readonly deleted: Set<string>
  readonly aged: Set<string>
  names: number
}

interface Connection {
  readonly id: string
  readonly name: string
}

export const json = (value: unknown, headers: Record<string, string> = {}): Sent => ({
  body: JSON.stringify(value),
  headers: { 'content-type': 'application/json', ...headers },
})

export const ndjson = (users: readonly object[], headers: Record<string, string> = {}): Sent => ({
  body: users.map((user) => `${JSON.stringify(user)}\n`).join(''),
  headers: { 'content-type': 'application/x-ndjson', ...headers },
})

export async function newWorld(killable: Killable): Promise<World> {
  const client = await newPatientClient(killable.urls)
  const [first] = (await client.until('GET', '/api/v2/connections')).body as [Connection]
  const made = await client.until('POST', '/api/v2/connections', json({ name: 'busy', strategy: 'auth0' }))
  const noise = randomBytes(1200 * EXPORTED).toString('base64')
  const users = Array.from({ length: EXPORTED }, (_, n) => ({
    email: `u${n}@example.com`,
    user_metadata: { noise: noise.slice(n * 1600, (n + 1) * 1600) },
  }))
  const path = `/api/v2/jobs/users-imports?connection_id=${first.id}`
  const { id } = (await client.until('POST', path, ndjson(users))).body as { id: string }
  expect((await endOf(client, id))['summary']).toMatchObject({ inserted: EXPORTED })
  const world = {
    ...{ running: killable, client, steady: first, busy: made.body as Connection },
    ...{ exports: new Map<string, number>(), imports: new Map<string, string>(), created: new Set<string>() },
    ...{ deleted: new Set<string>(), aged: new Set<string>(), names: 0 },
  }
  const right: string[] = []
  for (const shape of SHAPES.keys()) {
    const body = { connection_id: first.id, ...SHAPES[shape] }
    const order = await client.until('POST', '/api/v2/jobs/users-exports', json(body))
    const job = (order.body as { id: string }).id
    world.exports.set(job, shape)
    const text = (await fileOf(client, await endOf(client, job))).text
    expect(text.match(/@example\.com/g)).toHaveLength(EXPORTED)
    right.push(text)
  }
  return { ...world, right }
}

// The kill is to come at a random time, not at a condition.
export function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

export type Job = Readonly<Record<string, unknown>>

export async function endOf(client: PatientClient, id: string): Promise<Job> {
  const giveUpAt = performance.now() + END_MS_MAX
  for (;;) {
    const { body } = await client.until('GET', `/api/v2/jobs/${id}`)
    const job = body as Job
    if (job['status'] === 'completed' || job['status'] === 'failed') return job
    if (performance.now() > giveUpAt) throw new Error(`job ${id} does not end: ${JSON.stringify(job)}`)
    await later(50)
  }
}

export async function fileOf(client: PatientClient, job: Job): Promise<{ text: string; sha256: string }> {
  const { pathname, search } = new URL(String(job['location']))
  const bytes = await client.bytes(`${pathname}${search}`)
  return { text: gunzipSync(bytes).toString(), sha256: sha256Of(bytes) }
}

export function sha256Of(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
