/**
 * All processes of a deployment share them, so that one accepts what another signed. Fails with `database_unavailable`.
 */
export interface SecretStore {
  /** Only the first caller's secret is stored, as JSON. All callers get that one. */
  getOrMake(name: string, make: () => Promise<unknown>): Promise<unknown>
}
