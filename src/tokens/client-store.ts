import type { JsonObject } from '../domain/json.ts'

/** Who may ask for tokens: an application, in Auth0's words. Its secret is not part of it. */
export interface Client {
  readonly clientId: string
  readonly name: string
  /** The other members that Auth0 documents: kept as they come and given out again. */
  readonly settings: JsonObject
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** What a token request is judged by. */
export interface ClientAccess {
  readonly client: Client
  /** Made by ClientSecrets.hash or hashMadeSecret. */
  readonly secretHash: string
  /** What may be asked for, of this deployment's Management API; undefined when nobody granted anything. */
  readonly scope: readonly string[] | undefined
}

/** What a client is to become. Without a hash it keeps its secret. */
export interface ClientChange {
  readonly client: Client
  readonly secretHash?: string
}

/** The clients of the tenant. Every method fails with `database_unavailable`. */
export interface ClientStore {
  find(clientId: string): Promise<Client | undefined>
  findAccess(clientId: string): Promise<ClientAccess | undefined>
  /** All of them, in the order in which they were made; there are few. */
  list(): Promise<readonly Client[]>
  isEmpty(): Promise<boolean>
  add(client: Client, secretHash: string): Promise<void>
  /** Changes one, whatever others do to it meanwhile; returns it as it is then, or undefined when there is none. */
  change(clientId: string, change: (present: Client) => ClientChange): Promise<Client | undefined>
  /** Removes a client and its grants. Nothing happens when there is none. */
  remove(clientId: string): Promise<void>
  /**
   * Sees to it that a client with this access is there: adds it, or gives a known one the secret, the scopes and,
   * beside those it has, the settings.
   */
  put(access: ClientAccess): Promise<void>
  /** Adds the first client of all. Returns false, and adds nothing, when there is one. */
  addFirst(access: ClientAccess): Promise<boolean>
}

/** What one client may ask for, of this deployment's Management API. */
export interface ClientGrant {
  /** `cgr_` and 16 letters or digits. */
  readonly id: string
  readonly clientId: string
  readonly scope: readonly string[]
}

/** The grants of the tenant, one a client at most. Every method fails with `database_unavailable`. */
export interface ClientGrantStore {
  find(id: string): Promise<ClientGrant | undefined>
  /** All of them, in the order in which they were made. */
  list(): Promise<readonly ClientGrant[]>
  /** Says why it was not added, if it was not. */
  add(grant: ClientGrant): Promise<'client_unknown' | 'granted_before' | undefined>
  /** Replaces the scopes; undefined when there is no such grant. */
  setScope(id: string, scope: readonly string[]): Promise<ClientGrant | undefined>
  /** Nothing happens when there is none. */
  remove(id: string): Promise<void>
}
