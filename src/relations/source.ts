import type { FoundUsers } from './find-users.ts'
import type { Relation } from './relation.ts'

/** Users who live in the tables of another product. They are only read. */
export interface Source {
  /** Also the name of its connection. */
  readonly name: string
  readonly connectionId: string
  /**
   * How its tables are read now. A look that is not old is used again. Fails with `source_unavailable` or
   * `source_unusable`; the message names the source.
   */
  users(): Promise<SourceUsers>
  /** For the list of connections and for health: it answers within a second, and never fails. */
  state(): Promise<SourceState>
  /** The failure to report for an error of its database. It names the source. */
  failureOf(error: unknown): unknown
}

export interface SourceUsers {
  readonly found: FoundUsers
  readonly relation: Relation
}

export type SourceState =
  | { readonly kind: 'reachable'; readonly found: FoundUsers }
  | { readonly kind: 'unavailable' | 'unusable'; readonly problem: string }
