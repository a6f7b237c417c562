import type { Upsert } from '../domain/import-request.ts'
import type { JsonObject } from '../domain/json.ts'
import { isUnique } from './user-kind.ts'
import type { Conflict, ImportedUser, Refusal } from './user-store.ts'

/** The values that users of a kind have alone (see user-kind.ts), in the order in which they are told. */
export const UNIQUE = ['email', 'username', 'phone_number', 'user_id'] as const satisfies readonly Conflict[]

/** A user who has a value that a user of the batch wants. */
export interface Holder {
  /** Its key, if it was there before the batch. */
  readonly key?: bigint
  /** Inserted or updated by the import that the batch belongs to. */
  isOfImport: boolean
}

export type Holders = Readonly<Record<Conflict, Map<string, Holder>>> & {
  /** Users of the connection by their address in lower case, also those who share theirs with others. */
  readonly addresses: Map<string, Holder>
}

export interface Numbered {
  readonly user: ImportedUser
  readonly ordinal: number
}

export interface Known extends Numbered {
  /** Of the user to update. */
  readonly key: bigint
}

/** A batch taken apart: whom to insert, whom to update, whom to refuse; each in the order of the batch. */
export interface SortedBatch {
  readonly fresh: readonly Numbered[]
  readonly known: readonly Known[]
  readonly refused: readonly Refusal[]
}

export function noHolders(): Holders {
  const [email, username, phone_number] = [new Map(), new Map(), new Map()]
  return { email, username, phone_number, user_id: new Map(), addresses: new Map() }
}

/** What a user has that no other may have: nothing of a kind that is not unique among such users. */
export function uniqueValue(user: ImportedUser, kind: Conflict): string | undefined {
  const { profile } = user
  if (!isUnique(kind, profile.user_id)) return undefined
  return kind === 'email' ? addressOf(user) : ((profile as JsonObject)[kind] as string | undefined)
}

/** An address is the same in whichever letters. */
export function addressOf({ profile }: ImportedUser): string | undefined {
  const email = (profile as JsonObject)['email']
  return typeof email === 'string' ? email.toLowerCase() : undefined
}

/**
 * Goes through a batch as if its users came one by one. `holders` are the users who have values that the batch
 * wants; it becomes what they would be after the batch.
 */
export function sortBatch(users: readonly ImportedUser[], upsert: Upsert, holders: Holders): SortedBatch {
  const fresh: Numbered[] = []
  const known: Known[] = []
  const refused: Refusal[] = []
  for (const [ordinal, user] of users.entries()) {
    const same = upsert === 'no' ? undefined : updatable(user, holders)
    const reason = same === undefined ? conflictOf(user, holders) : undefined
    if (same !== undefined) {
      same.isOfImport = true
      known.push({ user, ordinal, key: same.key })
    } else if (reason !== undefined) {
      refused.push({ ordinal, ...reason })
    } else {
      take(user, holders)
      fresh.push({ user, ordinal })
    }
  }
  return { fresh, known, refused }
}

// Auth0's doc: a match is on the address alone, and a duplicate in one file is an error, no second update.
function updatable(user: ImportedUser, holders: Holders): (Holder & { readonly key: bigint }) | undefined {
  const holder = holders.addresses.get(addressOf(user) ?? '')
  if (holder === undefined || holder.isOfImport || holder.key === undefined) return undefined
  return holder as Holder & { readonly key: bigint }
}

function conflictOf(user: ImportedUser, holders: Holders): Omit<Refusal, 'ordinal'> | undefined {
  for (const reason of UNIQUE) {
    const value = uniqueValue(user, reason)
    const holder = value === undefined ? undefined : holders[reason].get(value)
    if (holder !== undefined) return { reason, isInFile: holder.isOfImport }
  }
  return undefined
}

function take(user: ImportedUser, holders: Holders): void {
  for (const kind of UNIQUE) {
    const value = uniqueValue(user, kind)
    if (value !== undefined) holders[kind].set(value, { isOfImport: true })
  }
}
