import type { JsonObject } from '../domain/json.ts'

export interface Client {
  readonly clientId: string
  readonly name: string
  /**
   * With Auth0's defaults. Tokens depend on `grant_types` and `token_endpoint_auth_method`, the list of clients on `app_type`
   * and `is_first_party`. The others are only stored and returned.
   */
  readonly settings: JsonObject
  readonly createdAt: Date
  readonly updatedAt: Date
}

export interface ClientAccess {
  readonly client: Client
  /** Made by `ClientSecrets.hash` or `hashMadeSecret`, since the secret itself is stored nowhere. */
  readonly secretHash: string
  readonly scope: readonly string[] | undefined
}

export interface ClientChange {
  readonly client: Client
  readonly secretHash?: string | undefined
}

/** Every method fails with `database_unavailable` if the database cannot be reached. */
export interface ClientStore {
  find(clientId: string): Promise<Client | undefined>
  findAccess(clientId: string): Promise<ClientAccess | undefined>
  /** In the order in which they were created. There are few, so the list is not paged. */
  list(): Promise<readonly Client[]>
  isEmpty(): Promise<boolean>
  add(client: Client, secretHash: string): Promise<void>
  /** Atomic: two changes at a time would otherwise lose one. Undefined if there is no such client. */
  change(clientId: string, change: (present: Client) => ClientChange): Promise<Client | undefined>
  /** Also removes the client's grants. An unknown client is no failure: at Auth0 a second delete succeeds too. */
  remove(clientId: string): Promise<void>
  /**
   * An existing client gets the secret and the scopes. Settings that are not given stay, since a request may have set
   * them.
   */
  put(access: ClientAccess): Promise<void>
  /** False, without any change, if there is a client already, because two processes may start at the same time. */
  addFirst(access: ClientAccess): Promise<boolean>
}

export interface ClientGrant {
  /** Clients may check the form, so it is Auth0's: `cgr_` and 16 letters or digits. */
  readonly id: string
  readonly clientId: string
  readonly scope: readonly string[]
}

/** A client has at most one grant. Every method fails with `database_unavailable` if the database cannot be reached. */
export interface ClientGrantStore {
  find(id: string): Promise<ClientGrant | undefined>
  list(): Promise<readonly ClientGrant[]>
  add(grant: ClientGrant): Promise<'client_unknown' | 'granted_before' | undefined>
  setScope(id: string, scope: readonly string[]): Promise<ClientGrant | undefined>
  /** An unknown grant is no failure, since Auth0 documents no 404 for it. */
  remove(id: string): Promise<void>
}
