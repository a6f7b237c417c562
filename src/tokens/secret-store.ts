/** All processes share these secrets, so that one accepts what another signed. Fails with `database_unavailable`. */
export interface SecretStore {
  /** Only the first caller's secret is stored, as JSON, so that all callers get the same one. */
  getOrMake(name: string, make: () => Promise<unknown>): Promise<unknown>
  /** Replaces a secret, if it exists. Of two changes at the same time, the second gets what the first has made. */
  change(name: string, change: (present: unknown) => unknown): Promise<void>
}
