import type { Connection } from '../domain/connection.ts'
import type { Credentials, Profile } from '../domain/profile.ts'

/** A user ready to be stored: checked, defaults made, ids given. */
export interface NewUser {
  readonly profile: Profile
  readonly credentials?: Credentials
}

/** Why the store would not take a user. */
export type Conflict = 'email' | 'user_id' | 'username' | 'phone_number'

export interface ImportBatch {
  /** Names the batch for ever: a batch stored once is not stored again, its outcome is told again. */
  readonly key: string
  readonly connection: Connection
  readonly users: readonly NewUser[]
  /** Update users whose e-mail address is known, instead of refusing them. */
  readonly upsert: boolean
}

/** What became of a batch, user by user, in its order. */
export interface BatchOutcome {
  readonly results: readonly ('inserted' | 'updated' | { readonly conflict: Conflict })[]
}

/**
 * The users of the tenant. Every method fails with `database_unavailable`. E-mail addresses and usernames are
 * unique within a connection, user ids within the tenant.
 */
export interface UserStore {
  find(userId: string): Promise<Profile | undefined>
  add(user: NewUser, connection: Connection): Promise<Conflict | undefined>
  /**
   * Replaces the profile made by `change` from the present one, atomically; and the credentials if it gives
   * any. Undefined when there is no such user.
   */
  change(
    userId: string,
    change: (present: Profile) => NewUser,
  ): Promise<Profile | { readonly conflict: Conflict } | undefined>
  /** False when there was no such user. */
  remove(userId: string): Promise<boolean>
  /** Stores a batch in one transaction, once. */
  importBatch(batch: ImportBatch): Promise<BatchOutcome>
}
