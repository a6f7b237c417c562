import type { JsonObject } from '../domain/json.ts'
import type { Profile } from '../domain/profile.ts'
import { savedBy } from './new-profile.ts'
import { isUnique } from './user-kind.ts'
import type { BatchOutcome, Conflict, ImportedUser, Refusal, Unwritten, Upserting } from './user-store.ts'
import { hasOwnPassword, type Present, unwrittenOf } from './written.ts'

/** Unique among users of a kind (see user-kind.ts). The order matters: the first conflict in it is reported. */
export const UNIQUE = ['email', 'username', 'phone_number', 'user_id'] as const satisfies readonly Conflict[]

const MOVABLE = ['email', 'username', 'phone_number'] as const satisfies readonly Conflict[]

export interface Holder {
  readonly key?: bigint
  /** This import has inserted or updated the user, so a second user with the value is a duplicate in the file. */
  isOfImport: boolean
  /** Absent if the import updates no users, so nothing was read. */
  readonly present?: Present
}

export type Holders = Readonly<Record<Conflict, Map<string, Holder>>> & {
  /** By email in lower case. Users who may share an email are included, since an upsert finds them by their email. */
  readonly addresses: Map<string, Holder>
}

type Updatable = Holder & { readonly key: bigint; readonly present: Present }

export interface Numbered {
  readonly user: ImportedUser
  readonly ordinal: number
}

export interface Known extends Numbered {
  readonly key: bigint
  /** Not always the file's id, since the user may have been found by the email. */
  readonly userId: string
  /** From 0. A user who takes another's old value must come in a later round than the other. */
  readonly round: number
}

export type Freed = readonly [kind: Conflict, value: string]

export interface SortedBatch {
  readonly fresh: readonly Numbered[]
  readonly known: readonly Known[]
  readonly refused: readonly Refusal[]
  readonly unwritten: readonly Unwritten[]
  readonly freed: readonly Freed[]
}

export function outcomeOf({ fresh, known, refused, unwritten }: Omit<SortedBatch, 'freed'>): BatchOutcome {
  const outcome = { inserted: fresh.length, updated: known.length, refused }
  return unwritten.length === 0 ? outcome : { ...outcome, unwritten }
}

export function noHolders(): Holders {
  const [email, username, phone_number] = [new Map(), new Map(), new Map()]
  return { email, username, phone_number, user_id: new Map(), addresses: new Map() }
}

export function uniqueValue(user: ImportedUser, kind: Conflict): string | undefined {
  const { profile } = user
  const value = kind === 'email' ? addressOf(user) : ((profile as JsonObject)[kind] as string | undefined)
  return value === undefined || !isUnique(kind, profile.user_id) ? undefined : value
}

/** In lower case, because upper and lower case do not distinguish addresses. */
export function addressOf({ profile }: Pick<ImportedUser, 'profile'>): string | undefined {
  const email = (profile as JsonObject)['email']
  return typeof email === 'string' ? email.toLowerCase() : undefined
}

export interface Sorting extends Upserting {
  readonly connectionId: string
}

/**
 * Decides about each user as if the users were stored one by one, so that the outcome does not depend on batches.
 * `holders` are the users who have unique values of the batch. This function changes it to what it would be after the
 * batch.
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
 * At Auth0 the email decides, and a duplicate in one file is an error and no second update. With `preserve` the id
 * decides first, because the email may have changed.
 */
function updatable(user: ImportedUser, sorting: Sorting, holders: Holders): Updatable | undefined {
  if (sorting.upsert === 'no') return undefined
  const byId = sorting.preserve === true ? holders.user_id.get(user.profile.user_id) : undefined
  const holder = byId ?? holders.addresses.get(addressOf(user) ?? '')
  if (holder === undefined || holder.isOfImport) return undefined
  const { key, present } = holder
  // Users stay in their connection. So an id of another connection is a conflict.
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

// The stored user keeps the id. The id decides which values must be unique and which are stored in lower case.
function asPresent(user: ImportedUser, { present: { user_id } }: Updatable): ImportedUser {
  if (user.profile.user_id === user_id) return user
  return { ...user, profile: withId(user.profile, user_id) }
}

/** The id decides what is stored in lower case, so a changed id may change the email too. */
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
  move(user: ImportedUser, same: Updatable): number
  freed(): readonly Freed[]
}

/**
 * Unique values may move from one user to another. One statement updates a round, in any order. So the user who takes a
 * value comes in a later round than the user who had it.
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

// If several users share an address, the lookup by email finds the oldest.
function moveAddress(user: ImportedUser, same: Updatable, { addresses }: Holders): void {
  const [value, old] = [addressOf(user), presentValue('email', same.present)]
  if (value === undefined || value === old) return
  if (old !== undefined && addresses.get(old) === same) addresses.delete(old)
  const other = addresses.get(value)?.key
  if (other === undefined || other > same.key) addresses.set(value, same)
}
