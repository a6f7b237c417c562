import type { Connection } from '../domain/connection.ts'
import type { ConnectionStore } from '../users/connection-store.ts'

export interface ConnectionFilter {
  readonly name?: string
  readonly strategy?: readonly string[]
}

/** In the order in which they were created, so that pages do not change. */
export async function listConnections(
  filter: ConnectionFilter,
  store: ConnectionStore,
): Promise<readonly Connection[]> {
  const all = await store.list()
  return all.filter(
    (connection) =>
      (filter.name === undefined || connection.name === filter.name) &&
      (filter.strategy === undefined || filter.strategy.includes(connection.strategy)),
  )
}
