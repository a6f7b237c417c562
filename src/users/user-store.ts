import type { Connection } from '../domain/connection.ts'
import type { Upsert } from '../domain/import-request.ts'
import type { Credentials, Profile } from '../domain/profile.ts'

export interface NewUser {
  readonly profile: Profile
  readonly credentials?: Credentials
}

export interface ImportedUser extends NewUser {
  /** Names of the attributes that the file has. An update writes only these, and no defaults. */
  readonly given: readonly string[]
}

export type Conflict = 'email' | 'user_id' | 'username' | 'phone_number'

export interface Upserting {
  readonly upsert: Upsert
  /** Finds users by their ids first, and writes all given attributes. If false, writes only what Auth0 writes. */
  readonly preserve?: boolean
}

export interface ImportBatch extends Upserting {
  /**
   * A worker that takes over sends the same batches again, so one with a known key is not stored twice: the first
   * outcome is returned.
   */
  readonly key: string
  readonly connection: Connection
  readonly users: readonly ImportedUser[]
  /**
   * A positive safe integer that no other import has. It is stored with each user of the import, so that a user who
   * comes twice in one file is recognized.
   */
  readonly importNumber: number
}

export interface Refusal {
  readonly ordinal: number
  /**
   * A Conflict: another user has this value. `custom_password_hash`: the hash must not replace the user's password.
   * `unstorable`: PostgreSQL cannot store the user, though all checks passed.
   */
  readonly reason: Conflict | 'custom_password_hash' | 'unstorable'
  readonly isInFile: boolean
}

export interface Unwritten {
  readonly ordinal: number
  readonly names: readonly UnwrittenName[]
}

export type UnwrittenName =
  | ('user_id' | 'username' | 'phone_number' | 'phone_verified' | 'blocked' | 'identities')
  | keyof Credentials

export interface BatchOutcome {
  readonly inserted: number
  readonly updated: number
  readonly refused: readonly Refusal[]
  readonly unwritten?: readonly Unwritten[]
}

export interface DryRun {
  /** What `importBatch` would return if the batches before were stored. One call at a time. */
  check(users: readonly ImportedUser[]): Promise<BatchOutcome>
  /** Must be called, also after an error: it frees the connection to the database. */
  close(): Promise<void>
}

/**
 * Every method fails with `database_unavailable`. User ids are unique in the tenant. Emails, usernames and phone
 * numbers are unique in a connection, for the users whom user-kind.ts names.
 */
export interface UserStore {
  find(userId: string): Promise<Profile | undefined>
  add(user: NewUser, connection: Connection): Promise<Conflict | undefined>
  /**
   * Atomically stores the profile that `change` returns, and the credentials if there are any. Undefined if there is no
   * such user. If `change` throws, nothing is stored and the error is passed on.
   */
  change(
    userId: string,
    change: (present: Profile) => NewUser,
  ): Promise<Profile | { readonly conflict: Conflict } | undefined>
  /**
   * Gives the first of `count` successive milliseconds, after `now` and after all that were given before. They may be
   * ahead of the clock. Waits for no transaction of another caller.
   */
  takeTimes(now: Date, count: number): Promise<Date>
  /** The timestamp for a change of one user: `now` if it is after all that `takeTimes` gave, or else a later one. */
  takeTime(now: Date): Promise<Date>
  remove(userId: string): Promise<boolean>
  /**
   * Stores a batch once, in one transaction, with the result of storing its users one by one. Between two users of the
   * file with the same value the first wins, also with `upsert`. Fails with `connection_unknown`.
   */
  importBatch(batch: ImportBatch): Promise<BatchOutcome>
  /** Holds a database connection until `close`, so the caller must call that. */
  openDryRun(connection: Connection, upserting: Upserting): Promise<DryRun>
}
