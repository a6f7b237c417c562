import type { Connection } from '../domain/connection.ts'
import type { JsonObject } from '../domain/json.ts'

/** The connections of the tenant. Every method fails with `database_unavailable`. */
export interface ConnectionStore {
  /** All of them, in the order in which they were made; there are few. */
  list(): Promise<readonly Connection[]>
  find(id: string): Promise<Connection | undefined>
  findByName(name: string): Promise<Connection | undefined>
  /** False when a connection of that name exists. */
  add(connection: Connection): Promise<boolean>
  /** Replaces the options as a whole; undefined when there is no such connection. */
  setOptions(id: string, options: JsonObject): Promise<Connection | undefined>
  /** Removes a connection and all of its users, as Auth0 does. False when there was none. */
  remove(id: string): Promise<boolean>
}
