import type { JsonObject } from './json.ts'

export interface Connection {
  /** Clients may check the form, so it is Auth0's: `con_` and 16 letters or digits. */
  readonly id: string
  readonly name: string
  /** Auth0's word for the kind of source; `auth0` is a database of users with passwords. */
  readonly strategy: string
  readonly options: JsonObject
  /** The users live in the tables of another product. They are read there, and never written. */
  readonly isSource?: true
}

export const DATABASE_STRATEGY = 'auth0'

/** Made at the first start: a new Auth0 tenant has it too, and scripts rely on it. */
export const FIRST_CONNECTION_NAME = 'Username-Password-Authentication'

export function isDatabase(connection: Connection): boolean {
  return connection.strategy === DATABASE_STRATEGY
}
