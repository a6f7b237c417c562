import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { startMuster } from './muster.ts'
import { populate } from './population.ts'

/** A new database on a server, migrated by Muster and filled. `drop` removes it. */
export async function newTenant(
  serverUrl: string,
  users: number,
  seed: number,
): Promise<{ databaseUrl: string; drop: () => Promise<void> }> {
  const name = `muster_bench_${randomBytes(6).toString('hex')}`
  const databaseUrl = Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href
  await onServer(serverUrl, async (client) => {
    await client.query(`create database ${name}`)
  })
  // Muster's first start creates the tables and the first connection.
  const muster = await startMuster(databaseUrl)
  const [connection] = (await muster.json('connections')) as unknown as { id: string; name: string }[]
  await muster.stop()
  await onServer(databaseUrl, (client) =>
    populate(client, { users, seed, connectionId: connection?.id ?? '', connection: connection?.name ?? '' }),
  )
  return {
    databaseUrl,
    drop: () =>
      onServer(serverUrl, async (client) => void (await client.query(`drop database ${name} with (force)`))),
  }
}

export async function onServer<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
