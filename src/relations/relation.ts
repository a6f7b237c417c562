import type { FieldPath } from '../domain/field-path.ts'
import type { InsideField, TextField } from '../domain/filter.ts'
import type { Attribute } from '../domain/profile.ts'
import type { TextColumn } from './text-column.ts'
import type { Value } from './value.ts'

/** Profiles that SQL can read. All members are SQL of the database that holds them; none comes from a caller. */
export interface Relation {
  /** What stands behind `from`: a table, or a subselect with a name. */
  readonly from: string
  readonly key: Key
  /** The id of a user's connection; undefined if all users are of one connection. */
  readonly connection: string | undefined
  column(path: FieldPath): Value
  /** A whole jsonb attribute, or `extra`: the attributes that ATTRIBUTES does not name. Undefined if no user has it. */
  json(root: InsideField['root']): string | undefined
  /** How queries compare its texts. */
  readonly texts: Readonly<Record<TextField, TextColumn>>
  /** What an index finds quickly, and gives out in order. */
  readonly indexed: ReadonlySet<Attribute>
  /** Undefined if it cannot be told what changed after a timestamp. */
  readonly changes: Changes | undefined
}

/** What tells users apart, and orders them. It is unique, never null, and never changes. */
export type Key = {
  /** A column, or an expression that an index holds. */
  readonly sql: string
} & (
  | {
      readonly type: 'bigint'
      /** `evenly`: most numbers are users, so ranges are made by arithmetic. That spares a walk through all keys. */
      readonly cut: 'evenly' | 'counted'
    }
  /** `counted`: the database walks the keys in order, and names each at which a range ends. */
  | { readonly type: 'uuid' | 'text'; readonly cut: 'counted' }
)

/** How to tell what changed after a timestamp: by what a snapshot could not see, else by the clock. */
export type Since =
  | { readonly kind: 'snapshot'; readonly snapshot: string }
  | { readonly kind: 'clock'; readonly moment: Date }

export interface Changes {
  /**
   * Remembers what an export sees, under a timestamp of its own: now, or the first millisecond after it that no other
   * export has. `snapshot` is the text of `pg_current_snapshot()`.
   */
  record(session: Statements, now: Date, snapshot: string): Promise<Date>
  /** What is known of a timestamp. `isForgotten`: some deletions after it are no longer known. */
  recall(session: Statements, moment: Date): Promise<Recalled>
  /** A condition on a user: added or changed after it. */
  isChanged(since: Since): string
  /** `from …` of the deleted users, with their `user_id`. `ofConnection` are conditions on columns of users. */
  deletedFrom(since: Since, ofConnection: readonly string[]): string
}

export interface Recalled {
  readonly since: Since
  readonly isForgotten: boolean
}

/** Runs statements. */
export interface Statements {
  query<Row = unknown>(text: string, values?: readonly unknown[]): Promise<Row[]>
}
