import type { JsonObject } from '../domain/json.ts'

/** Auth0 also calls it an application. */
export interface Client {
  readonly clientId: string
  readonly name: string
  /** The other members that Auth0 documents. Muster stores and returns them as the client sent them. */
  readonly settings: JsonObject
  readonly createdAt: Date
  readonly updatedAt: Date
}

export interface ClientAccess {
  readonly client: Client
  /** By `ClientSecrets.hash` or `hashMadeSecret`. */
  readonly secretHash: string
  /** The granted scopes; undefined if the client has no grant. */
  readonly scope: readonly string[] | undefined
}

export interface ClientChange {
  readonly client: Client
  /** If absent, the client keeps its secret. */
  readonly secretHash?: string | undefined
}

/** The clients of the tenant. Every method fails with `database_unavailable` if the database cannot be reached. */
export interface ClientStore {
  find(clientId: string): Promise<Client | undefined>
  findAccess(clientId: string): Promise<ClientAccess | undefined>
  /** All clients, in the order in which they were created. There are few, so the list is not paged. */
  list(): Promise<readonly Client[]>
  isEmpty(): Promise<boolean>
  add(client: Client, secretHash: string): Promise<void>
  /** Changes a client atomically and returns it as changed. Undefined if there is none. */
  change(clientId: string, change: (present: Client) => ClientChange): Promise<Client | undefined>
  /** Also removes the client's grants. An unknown client is no failure. */
  remove(clientId: string): Promise<void>
  /** Adds the client. If it exists, gives it the secret and the scopes, and merges the settings into those it has. */
  put(access: ClientAccess): Promise<void>
  /** Adds the first client. False, without any change, if there is a client already. */
  addFirst(access: ClientAccess): Promise<boolean>
}

export interface ClientGrant {
  /** `cgr_` and 16 letters or digits. */
  readonly id: string
  readonly clientId: string
  readonly scope: readonly string[]
}

/** A client has at most one grant. Every method fails with `database_unavailable` if the database cannot be reached. */
export interface ClientGrantStore {
  find(id: string): Promise<ClientGrant | undefined>
  /** All grants, in the order in which they were created. */
  list(): Promise<readonly ClientGrant[]>
  /** Returns why the grant was not added; undefined if it was. */
  add(grant: ClientGrant): Promise<'client_unknown' | 'granted_before' | undefined>
  /** Replaces the scopes. Undefined if there is no such grant. */
  setScope(id: string, scope: readonly string[]): Promise<ClientGrant | undefined>
  /** An unknown grant is no failure. */
  remove(id: string): Promise<void>
}
