/**
 * All processes of a deployment share them, so that one accepts what another signed. Fails with `database_unavailable`.
 */
export interface SecretStore {
  /** Only the first caller's secret is stored, as JSON, so that all callers get the same one. */
  getOrMake(name: string, make: () => Promise<unknown>): Promise<unknown>
}
