import type { JsonObject } from '../domain/json.ts'
import type { Profile } from '../domain/profile.ts'
import { savedBy } from './new-profile.ts'
import { isUnique } from './user-kind.ts'
import type { Conflict, ImportedUser, Refusal, Unwritten, Upserting } from './user-store.ts'
import { hasOwnPassword, type Present, unwrittenOf } from './written.ts'

/** The values that users of a kind have alone (see user-kind.ts), in the order in which they are told. */
export const UNIQUE = ['email', 'username', 'phone_number', 'user_id'] as const satisfies readonly Conflict[]

/** Those of them that an import which preserves changes. */
const MOVABLE = ['email', 'username', 'phone_number'] as const satisfies readonly Conflict[]

/** A user who has a value that a user of the batch wants. */
export interface Holder {
  /** Its key, if it was there before the batch. */
  readonly key?: bigint
  /** Inserted or updated by the import that the batch belongs to. */
  isOfImport: boolean
  /** What the user has; absent where nobody is updated. */
  readonly present?: Present
}

export type Holders = Readonly<Record<Conflict, Map<string, Holder>>> & {
  /** Users of the connection by their address in lower case, also those who share theirs with others. */
  readonly addresses: Map<string, Holder>
}

/** A user who may be updated. */
type Updatable = Holder & { readonly key: bigint; readonly present: Present }

export interface Numbered {
  readonly user: ImportedUser
  readonly ordinal: number
}

export interface Known extends Numbered {
  /** Of the user to update. */
  readonly key: bigint
  /** The id of the user to update: another than the file's where the user was found by the address. */
  readonly userId: string
  /** From 0: later than that of the user who gives up a value that this one takes. */
  readonly round: number
}

/** A value that a known user had before the batch, and has no longer. */
export type Freed = readonly [kind: Conflict, value: string]

/** A batch taken apart: whom to insert, whom to update, whom to refuse; each in the order of the batch. */
export interface SortedBatch {
  readonly fresh: readonly Numbered[]
  readonly known: readonly Known[]
  readonly refused: readonly Refusal[]
  /** Of those to update. */
  readonly unwritten: readonly Unwritten[]
  readonly freed: readonly Freed[]
}

export function noHolders(): Holders {
  const [email, username, phone_number] = [new Map(), new Map(), new Map()]
  return { email, username, phone_number, user_id: new Map(), addresses: new Map() }
}

/** What a user has that no other may have: nothing of a kind that is not unique among such users. */
export function uniqueValue(user: ImportedUser, kind: Conflict): string | undefined {
  const { profile } = user
  const value = kind === 'email' ? addressOf(user) : ((profile as JsonObject)[kind] as string | undefined)
  return value === undefined || !isUnique(kind, profile.user_id) ? undefined : value
}

/** An address is the same in whichever letters. */
export function addressOf({ profile }: Pick<ImportedUser, 'profile'>): string | undefined {
  const email = (profile as JsonObject)['email']
  return typeof email === 'string' ? email.toLowerCase() : undefined
}

/** How a batch is to be sorted. */
export interface Sorting extends Upserting {
  readonly connectionId: string
}

/**
 * Goes through a batch as if its users came one by one. `holders` are the users who have values that the batch
 * wants; it becomes what they would be after the batch.
 */
export function sortBatch(users: readonly ImportedUser[], sorting: Sorting, holders: Holders): SortedBatch {
  const fresh: Numbered[] = []
  const known: Known[] = []
  const refused: Refusal[] = []
  const unwritten: Unwritten[] = []
  const moves = newMoves(holders)
  const preserve = sorting.preserve === true
  for (const [ordinal, user] of users.entries()) {
    const same = updatable(user, sorting, holders)
    const reason =
      same === undefined
        ? conflictOf(user, holders, UNIQUE)
        : whyNotUpdated(user, { same, preserve, holders })
    if (reason !== undefined) {
      refused.push({ ordinal, ...reason })
    } else if (same !== undefined) {
      same.isOfImport = true
      const names = unwrittenOf(user, same.present, preserve)
      if (names.length > 0) unwritten.push({ ordinal, names })
      const round = preserve ? moves.move(asPresent(user, same), same) : 0
      known.push({ user, ordinal, key: same.key, userId: same.present.user_id, round })
    } else {
      take(user, holders)
      fresh.push({ user, ordinal })
    }
  }
  return { fresh, known, refused, unwritten, freed: moves.freed() }
}

/**
 * Whom a user of the batch would update. Auth0's doc: a match is on the address alone, and a duplicate in one file is
 * an error, no second update. With preserve an id says more than an address, which may have changed.
 */
function updatable(user: ImportedUser, sorting: Sorting, holders: Holders): Updatable | undefined {
  if (sorting.upsert === 'no') return undefined
  const byId = sorting.preserve === true ? holders.user_id.get(user.profile.user_id) : undefined
  const holder = byId ?? holders.addresses.get(addressOf(user) ?? '')
  if (holder === undefined || holder.isOfImport) return undefined
  const { key, present } = holder
  // Users stay in their connection: an id that another one has is a conflict.
  if (key === undefined || present?.connection_id !== sorting.connectionId) return undefined
  return holder as Updatable
}

interface Updating {
  readonly same: Updatable
  readonly preserve: boolean
  readonly holders: Holders
}

function whyNotUpdated(user: ImportedUser, { same, preserve, holders }: Updating): Reason | undefined {
  const conflict = preserve ? conflictOf(asPresent(user, same), holders, MOVABLE, same) : undefined
  if (conflict !== undefined) return conflict
  const bringsHash = user.credentials?.custom_password_hash !== undefined
  if (!bringsHash || !hasOwnPassword(same.present)) return undefined
  return { reason: 'custom_password_hash', isInFile: false }
}

// Which values are a user's alone, and in which letters, is a matter of the id that the user keeps.
function asPresent(user: ImportedUser, { present: { user_id } }: Updatable): ImportedUser {
  if (user.profile.user_id === user_id) return user
  return { ...user, profile: withId(user.profile, user_id) }
}

/** A profile as it is stored of the user who has this id. */
export function withId(profile: Profile, userId: string): Profile {
  return savedBy(userId, { ...profile, user_id: userId }) as Profile
}

type Reason = Omit<Refusal, 'ordinal'>

function conflictOf(
  user: ImportedUser,
  holders: Holders,
  kinds: readonly Conflict[],
  self?: Holder,
): Reason | undefined {
  for (const reason of kinds) {
    const value = uniqueValue(user, reason)
    const holder = value === undefined ? undefined : holders[reason].get(value)
    if (holder !== undefined && holder !== self) return { reason, isInFile: holder.isOfImport }
  }
  return undefined
}

function take(user: ImportedUser, holders: Holders): void {
  for (const kind of UNIQUE) {
    const value = uniqueValue(user, kind)
    if (value !== undefined) holders[kind].set(value, { isOfImport: true })
  }
}

interface Moves {
  /** Gives the round in which a user can be updated. */
  move(user: ImportedUser, same: Updatable): number
  freed(): readonly Freed[]
}

/**
 * Values that users give up and take. One statement updates a whole round, in whatever order: who takes what another
 * gives up comes in a later one.
 */
function newMoves(holders: Holders): Moves {
  const freed = new Map<string, { readonly value: Freed; readonly round: number }>()
  return {
    move: (user, same) => {
      const changes = MOVABLE.flatMap((kind) => {
        const value = uniqueValue(user, kind)
        const old = presentValue(kind, same.present)
        return value === undefined || value === old ? [] : [{ kind, value, old }]
      })
      const round = Math.max(
        0,
        ...changes.map(({ kind, value }) => freed.get(`${kind} ${value}`)?.round ?? 0),
      )
      for (const { kind, value, old } of changes) {
        if (old !== undefined) {
          freed.set(`${kind} ${old}`, { value: [kind, old], round: round + 1 })
          holders[kind].delete(old)
        }
        holders[kind].set(value, same)
      }
      moveAddress(user, same, holders)
      return round
    },
    freed: () => [...freed.values()].map(({ value }) => value),
  }
}

function presentValue(kind: (typeof MOVABLE)[number], present: Present): string | undefined {
  const value = present[kind] ?? undefined
  return kind === 'email' ? value?.toLowerCase() : value
}

// Of users who share an address the one who was there first is found by it.
function moveAddress(user: ImportedUser, same: Updatable, { addresses }: Holders): void {
  const [value, old] = [addressOf(user), presentValue('email', same.present)]
  if (value === undefined || value === old) return
  if (old !== undefined && addresses.get(old) === same) addresses.delete(old)
  const other = addresses.get(value)?.key
  if (other === undefined || other > same.key) addresses.set(value, same)
}
