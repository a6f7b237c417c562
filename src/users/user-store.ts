import type { Connection } from '../domain/connection.ts'
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

export interface ImportBatch {
  /** Names the batch for ever: a batch stored once is not stored again, its outcome is told again. */
  readonly key: string
  readonly connection: Connection
  readonly users: readonly ImportedUser[]
  /** Update users whose e-mail address is known, instead of refusing them. */
  readonly upsert: boolean
}

/** What became of one user of a batch. */
export type BatchResult = 'inserted' | 'updated' | { readonly conflict: Conflict }

/**
 * The users of the tenant. Every method fails with `database_unavailable`. E-mail addresses, usernames and
 * phone numbers are unique within a connection, user ids within the tenant.
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
  /** False when there was no such user. */
  remove(userId: string): Promise<boolean>
  /** Stores a batch in one transaction, once. Results stand in the order of the users. */
  importBatch(batch: ImportBatch): Promise<readonly BatchResult[]>
}
