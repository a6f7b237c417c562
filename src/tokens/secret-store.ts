/** Secrets that all processes of a deployment share. Fails with `database_unavailable`. */
export interface SecretStore {
  /** The first caller makes the secret, as JSON. All callers get the same one. */
  getOrMake(name: string, make: () => Promise<unknown>): Promise<unknown>
}
