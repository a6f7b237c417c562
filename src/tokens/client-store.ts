/** Who may ask for tokens. */
export interface Client {
  readonly clientId: string
  /** Made by hashSecret. */
  readonly secretHash: string
  /** What may be asked for, of this deployment's Management API. */
  readonly scope: readonly string[]
}

/** The clients of the tenant. Every method fails with `database_unavailable`. */
export interface ClientStore {
  find(clientId: string): Promise<Client | undefined>
  isEmpty(): Promise<boolean>
  /** Adds a client, or gives a known one this secret and these scopes. */
  put(client: Client, name: string, now: Date): Promise<void>
}
