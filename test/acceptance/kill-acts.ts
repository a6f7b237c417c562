import pg from 'pg'
import { expect } from 'vitest'
import { IMPORTED, json, later, ndjson, SHAPES, type World } from './killed-world.ts'

export interface Act {
  readonly kind: 'export' | 'import' | 'create' | 'delete' | 'expire'
  /** Draws the job. */
  readonly pick: number
}

const CREATED = 10

export const ACTS: Readonly<Record<Act['kind'], (world: World, act: Act) => Promise<void>>> = {
  export: async (world, { pick }) => {
    const { client, steady, exports } = world
    const shape = pick % SHAPES.length
    const key = { 'idempotency-key': nameIn(world) }
    const order = json({ connection_id: steady.id, ...SHAPES[shape] }, key)
    const { body } = await client.until('POST', '/api/v2/jobs/users-exports', order)
    exports.set((body as { id: string }).id, shape)
  },
  import: async (world) => {
    const { client, busy, imports } = world
    const name = nameIn(world)
    const users = Array.from({ length: IMPORTED }, (_, n) => ({ email: `${name}-${n}@example.com` }))
    const order = ndjson([...users, { nonsense: true }], { 'idempotency-key': name })
    const path = `/api/v2/jobs/users-imports?connection_id=${busy.id}`
    const { status, body } = await client.until('POST', path, order)
    // 429 if two imports are active, such as one that waits for the end of its lease.
    if (status !== 429) imports.set((body as { id: string }).id, name)
  },
  create: async (world) => {
    const { client, busy, created } = world
    for (let n = 0; n < CREATED; n++) {
      const email = `${nameIn(world)}@example.com`
      const order = json({ connection: busy.name, email, password: 'Kd83-xbQ7-pw' })
      const answer = await client.once('POST', '/api/v2/users', order)
      if (answer?.status === 201) created.add(email)
      // Without a pause, the others would be sent while no process is there.
      if (answer === undefined) await client.until('GET', '/api/v2/connections')
    }
  },
  delete: async (world, { pick }) => {
    const id = picked(world, pick)
    if (id === undefined) return
    world.deleted.add(id)
    // 404 if the answer to the first attempt was lost.
    const { status } = await world.client.until('DELETE', `/api/v2/jobs/${id}`)
    expect([204, 404]).toContain(status)
  },
  expire: async (world, { pick }) => {
    const { databaseUrl } = world.running
    const id = databaseUrl === undefined ? undefined : picked(world, pick)
    if (databaseUrl === undefined || id === undefined) return
    world.aged.add(id)
    while (!(await age(databaseUrl, id))) await later(50)
  },
}

function nameIn(world: World): string {
  return `n${++world.names}`
}

/** A job that is neither deleted nor expired. */
function picked({ exports, imports, deleted, aged }: World, pick: number): string | undefined {
  const ids = [...exports.keys(), ...imports.keys()].filter((id) => !deleted.has(id) && !aged.has(id))
  return ids[pick % Math.max(ids.length, 1)]
}

async function age(databaseUrl: string, id: string): Promise<boolean> {
  const database = new pg.Client(databaseUrl)
  database.on('error', () => undefined)
  try {
    await database.connect()
    await database.query(`update muster.jobs set created_at = now() - interval '25 hours' where id = $1`, [
      id,
    ])
    return true
  } catch {
    return false
  } finally {
    await database.end().catch(() => undefined)
  }
}
