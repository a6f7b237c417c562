import type { Connection } from '../domain/connection.ts'
import { Failure } from '../domain/failure.ts'
import type { ConnectionStore } from '../users/connection-store.ts'

export interface ConnectionFilter {
  readonly name?: string
  readonly strategy?: readonly string[]
}

export interface CheckpointPage {
  readonly connections: readonly Connection[]
  /** Asks for the page after this one; absent on the last. */
  readonly next?: string
}

/** The connections that a caller may want, in the order in which they were made. */
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

/**
 * One page of a list by checkpoint. The checkpoint names the last connection given out; when that one is gone
 * the caller must begin again, as Auth0 says of a checkpoint it no longer knows.
 */
export function checkpointPage(
  connections: readonly Connection[],
  from: string | undefined,
  take: number,
): CheckpointPage {
  const last = from === undefined ? undefined : Buffer.from(from, 'base64url').toString()
  const index = last === undefined ? -1 : connections.findIndex((connection) => connection.id === last)
  if (last !== undefined && index === -1) {
    throw new Failure(
      'paging_invalid',
      "The checkpoint ID provided in the 'from' parameter has expired or is invalid, please remove the checkpoint ID and try again",
    )
  }
  const page = connections.slice(index + 1, index + 1 + take)
  const end = page.at(-1)
  if (end === undefined || index + 1 + take >= connections.length) return { connections: page }
  return { connections: page, next: Buffer.from(end.id).toString('base64url') }
}
