import type { Connection } from '../domain/connection.ts'
import type { JsonObject } from '../domain/json.ts'

/** Every method fails with `database_unavailable` if the database cannot be reached. */
export interface ConnectionStore {
  /** In the order in which they were created. There are few, so the list is not paged. */
  list(): Promise<readonly Connection[]>
  find(id: string): Promise<Connection | undefined>
  findByName(name: string): Promise<Connection | undefined>
  add(connection: Connection): Promise<boolean>
  /** Replaces all options, as Auth0 does. Undefined if there is no such connection. */
  setOptions(id: string, options: JsonObject): Promise<Connection | undefined>
  /** Removes also the connection's users, as Auth0 does. False if there is no such connection. */
  remove(id: string): Promise<boolean>
}
