import type { FieldPath } from '../domain/field-path.ts'
import type { InsideField, TextField } from '../domain/filter.ts'
import type { Attribute } from '../domain/profile.ts'
import type { TextColumn } from './text-column.ts'
import type { Value } from './value.ts'

/** The members are SQL, and no part of it comes from a caller. */
export interface Relation {
  readonly from: string
  readonly key: Key
  readonly connection: string | undefined
  column(path: FieldPath): Value
  /** A whole jsonb attribute, or `extra`: the attributes that ATTRIBUTES does not name. Undefined if no user has it. */
  json(root: InsideField['root']): string | undefined
  readonly texts: Readonly<Record<TextField, TextColumn>>
  /** A search by another attribute must read all users. */
  readonly indexed: ReadonlySet<Attribute>
  /** An index has the users in the order of such an attribute, then of their keys. A sort by another reads all users. */
  readonly inOrder: ReadonlySet<Attribute>
  /** The text of the key of the only user who may have this user_id. Undefined if the key does not follow from it. */
  readonly keyOf: ((userId: string) => string | undefined) | undefined
  /** Undefined if the relation does not record changes. Then there is no `since`. */
  readonly changes: Changes | undefined
}

/** Unique, never null, and never changed: users are identified and ordered by it. */
export type Key = {
  readonly sql: string
} & (
  | {
      readonly type: 'bigint'
      /** `evenly`: most numbers are users, so arithmetic makes the ranges and no query has to read all keys. */
      readonly cut: 'evenly' | 'counted'
    }
  | { readonly type: 'uuid' | 'text'; readonly cut: 'counted' }
)

/**
 * What counts as changed after a timestamp. `snapshot`: what the snapshot of that export could not see, so nothing is
 * missed. `clock`: no export has this timestamp, so the times of the changes decide.
 */
export type Since =
  | { readonly kind: 'snapshot'; readonly snapshot: string }
  | { readonly kind: 'clock'; readonly moment: Date }

export interface Changes {
  /**
   * Records the snapshot of an export and returns its timestamp: now, or the first millisecond after it that no other
   * export has. `snapshot` is the text of `pg_current_snapshot()`.
   */
  record(session: Statements, now: Date, snapshot: string): Promise<Date>
  recall(session: Statements, moment: Date): Promise<Recalled>
  isChanged(since: Since): string
  /** Absent if deletions are not recorded. */
  deletedFrom?(since: Since, ofConnection: readonly string[]): string
}

export interface Recalled {
  readonly since: Since
  readonly isForgotten: boolean
}

export interface Statements {
  query<Row = unknown>(text: string, values?: readonly unknown[]): Promise<Row[]>
}
