import type { Connection } from '../domain/connection.ts'
import type { Upsert } from '../domain/import-request.ts'
import type { Credentials, Profile } from '../domain/profile.ts'

/** A user ready to be stored: checked, defaults made, ids given. */
export interface NewUser {
  readonly profile: Profile
  readonly credentials?: Credentials
}

/** A user of an import. */
export interface ImportedUser extends NewUser {
  /** Root attributes that the file gave: an update writes these and leaves made-up defaults alone. */
  readonly given: readonly string[]
}

/** Why the store would not take a user: which of its values another user has. */
export type Conflict = 'email' | 'user_id' | 'username' | 'phone_number'

/** What an import does with users who are known. */
export interface Upserting {
  readonly upsert: Upsert
  /** Find users by their ids first, and write everything that is given; else what Auth0 writes. */
  readonly preserve?: boolean
}

export interface ImportBatch extends Upserting {
  /** Names the batch for ever: a batch stored once is not stored again, its outcome is told again. */
  readonly key: string
  readonly connection: Connection
  readonly users: readonly ImportedUser[]
  /**
   * The import's own, of no other import ever: a positive safe integer. Users that it inserts or updates carry
   * it, so that a user who comes twice in one file is known, however far apart.
   */
  readonly importNumber: number
}

/** A user of a batch that was not taken. */
export interface Refusal {
  /** Its place in the batch, from 0. */
  readonly ordinal: number
  /**
   * Which value another user has; that a custom hash is not to replace the user's own; or that the database cannot
   * hold something that was found sound before.
   */
  readonly reason: Conflict | 'custom_password_hash' | 'unstorable'
  /** The other user comes from the same import: from an earlier line of its file. */
  readonly isInFile: boolean
}

/** Root members of a user of a batch that were given, are not what the known user has, and were not written. */
export interface Unwritten {
  /** The user's place in the batch, from 0. */
  readonly ordinal: number
  readonly names: readonly UnwrittenName[]
}

export type UnwrittenName =
  | ('user_id' | 'username' | 'phone_number' | 'phone_verified' | 'blocked' | 'identities')
  | keyof Credentials

/** What became of a batch: `inserted + updated + refused.length` is its size. */
export interface BatchOutcome {
  readonly inserted: number
  readonly updated: number
  /** In the order of the users. */
  readonly refused: readonly Refusal[]
  /** Users who were updated, but not in all; in the order of the users. Absent if there are none. */
  readonly unwritten?: readonly Unwritten[]
}

/** What an import would do, batch after batch, without doing it. */
export interface DryRun {
  /** What `importBatch` would tell, had it stored the batches checked before. One at a time. */
  check(users: readonly ImportedUser[]): Promise<BatchOutcome>
  /** Forgets what was checked. Whoever opened it closes it, whatever happens. */
  close(): Promise<void>
}

/**
 * The users of the tenant. Every method fails with `database_unavailable`. User ids are unique within the tenant;
 * e-mail addresses, usernames and phone numbers within a connection, for the users whom user-kind.ts names.
 */
export interface UserStore {
  find(userId: string): Promise<Profile | undefined>
  add(user: NewUser, connection: Connection): Promise<Conflict | undefined>
  /**
   * Stores what `change` makes of the present profile, atomically; and the credentials if it gives any.
   * Undefined when there is no such user. What `change` throws is passed on, and nothing is changed.
   */
  change(
    userId: string,
    change: (present: Profile) => NewUser,
  ): Promise<Profile | { readonly conflict: Conflict } | undefined>
  /**
   * Times for the users of an import: the first of `count` milliseconds in a row, after `now` and after all times that
   * were given before. They may lie ahead of the clock. Waits for no transaction.
   */
  takeTimes(now: Date, count: number): Promise<Date>
  /** The time for the change of one user: `now`, or the next millisecond if the times that were given reach it. */
  takeTime(now: Date): Promise<Date>
  /** False when there was no such user. */
  remove(userId: string): Promise<boolean>
  /**
   * Stores a batch in one transaction, once, as if its users came one after another. A user sooner in the file wins
   * over a later one; with `upsert`, too. Fails with `connection_unknown` when its connection is gone.
   */
  importBatch(batch: ImportBatch): Promise<BatchOutcome>
  /** Holds a connection to the database until it is closed. */
  openDryRun(connection: Connection, upserting: Upserting): Promise<DryRun>
}
