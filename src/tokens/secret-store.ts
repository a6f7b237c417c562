/** Secrets that all machines of a deployment share. Fails with `database_unavailable`. */
export interface SecretStore {
  /** The named secret, made (as JSON) by whoever asks first; everyone gets the same. */
  getOrMake(name: string, make: () => Promise<unknown>): Promise<unknown>
}
