import { Failure } from '../domain/failure.ts'
import { isJsonObject, type JsonObject } from '../domain/json.ts'
import { METADATA } from '../domain/profile.ts'
import type { Database, HeldSession, Session } from '../pg/database.ts'
import { sqlState } from '../pg/failure-of.ts'
import { firstRow, givesRow } from '../pg/rows.ts'
import { mergedMetadata } from './merge-metadata.ts'
import { findHolders } from './pg-find-holders.ts'
import { insertUsers } from './pg-insert-users.ts'
import { updateUsers } from './pg-update-users.ts'
import { type Known, type Numbered, outcomeOf, type SortedBatch, sortBatch, UNIQUE } from './sort-batch.ts'
import type { BatchOutcome, Conflict, ImportBatch, ImportedUser, Refusal } from './user-store.ts'

/** The first attempt is fast. If it fails because of a conflict or an unstorable user, a slower one follows. */
interface Way {
  readonly kinds: readonly Conflict[]
  /** Stores the other users even if PostgreSQL cannot store one of them. */
  readonly isCareful: boolean
}

// From the fourth attempt on, each one means that another transaction committed in between. That is rare.
const TRIES_MAX = 10

/**
 * A batch and its outcome are stored in one transaction. So a worker that takes over from a killed one finds the batch
 * stored, or stores all of it. The statements are few, because the database waits for this process between two of them.
 */
export function batchImporter(database: Database): (batch: ImportBatch) => Promise<BatchOutcome> {
  // The last import with a conflict. Its next batch probably has one too, so it starts with the slower way.
  let wary: number | undefined
  return async (batch) => {
    const isWary = wary === batch.importNumber
    let way: Way = { kinds: isWary ? UNIQUE : quickKinds(batch), isCareful: false }
    for (let tries = 0; tries < TRIES_MAX; tries++)
      try {
        const outcome = await database.transaction((session) => store({ session, batch, way }))
        if (outcome.refused.length > 0) wary = batch.importNumber
        else if (isWary) wary = undefined
        return outcome
      } catch (error) {
        way = slowerWay(way, error)
      }
    throw new Failure('database_unavailable', 'The database is too busy. Try again later.')
  }
}

// Checking for conflicts first takes a tenth of an import's time, and most imports have none. If there is one, a unique
// index reports it.
function quickKinds({ upsert, preserve }: ImportBatch): readonly Conflict[] {
  if (upsert === 'no') return []
  return preserve === true ? ['email', 'user_id'] : ['email']
}

/** A user to update was removed or changed after the lookup, so the batch must be looked up again. */
class OutOfDate extends Error {
  readonly code = 'batch_out_of_date'
}

function slowerWay(way: Way, error: unknown): Way {
  if (error instanceof OutOfDate || sqlState(error) === '23505') return { ...way, kinds: UNIQUE }
  if (isUnstorable(error) && !way.isCareful) return { ...way, isCareful: true }
  if (sqlState(error) !== '23503') throw error
  throw new Failure('connection_unknown', 'The connection does not exist.', { cause: error })
}

// SQLSTATE class 22: data exceptions. The checks before should have prevented them, so they are rare.
function isUnstorable(error: unknown): boolean {
  return sqlState(error)?.startsWith('22') === true
}

interface Storing {
  readonly session: HeldSession
  readonly batch: ImportBatch
  readonly way: Way
}

async function store(storing: Storing): Promise<BatchOutcome> {
  const { session, batch } = storing
  const sorted = await sort(storing)
  const expected = outcomeOf(sorted)
  if (!(await claimBatch(session, batch.key, expected))) return storedOutcome(session, batch.key)
  const unstorable = await storeSorted(storing, sorted)
  if (unstorable.length === 0) return expected
  const outcome = without(unstorable, sorted)
  await session.query('update muster.import_batches set results = $2 where batch_key = $1', [
    batch.key,
    JSON.stringify(outcome),
  ])
  return outcome
}

async function sort({ session, batch, way }: Storing): Promise<SortedBatch> {
  const { users, connection, importNumber, upsert } = batch
  const connectionId = connection.id
  const looking = { users, connectionId, importNumber, isUpdating: upsert !== 'no' }
  const look = async (kinds: readonly Conflict[]): Promise<SortedBatch> =>
    sortBatch(users, { ...batch, connectionId }, await findHolders(session, { ...looking, kinds }))
  const sorted = await look(way.kinds)
  // The reason of a refusal must not depend on how the file was cut into batches. So all kinds of values are checked.
  return sorted.refused.length > 0 && way.kinds.length < UNIQUE.length ? look(UNIQUE) : sorted
}

// Two workers may have the same batch, if one has lost its lease and does not know yet. The second waits here for the
// first. If the first commits, the second reports the same outcome. If the first dies, the second stores the batch.
function claimBatch(session: Session, key: string, outcome: BatchOutcome): Promise<boolean> {
  return givesRow(
    session,
    `insert into muster.import_batches (batch_key, results) values ($1, $2)
     on conflict (batch_key) do nothing returning batch_key`,
    [key, JSON.stringify(outcome)],
  )
}

async function storedOutcome(session: Session, key: string): Promise<BatchOutcome> {
  const stored = 'select results from muster.import_batches where batch_key = $1'
  const row = await firstRow<{ results: BatchOutcome }>(session, stored, [key])
  return row?.results ?? { inserted: 0, updated: 0, refused: [] }
}

/** Gives the users whom PostgreSQL cannot store. If the way is not careful, such a user is an error instead. */
async function storeSorted(
  { session, batch, way }: Storing,
  { fresh, known }: SortedBatch,
): Promise<readonly Numbered[]> {
  const inParts = way.isCareful ? inHalves : atOnce
  const made = batch.upsert === 'merge' ? mergedIntoNothing : (user: ImportedUser) => user
  const notUpdated: Numbered[] = []
  for (const round of roundsOf(known))
    notUpdated.push(
      ...(await inParts(session, round, async (some) => {
        if (!(await updateUsers(session, some, batch))) throw new OutOfDate()
      })),
    )
  const notInserted = await inParts(session, fresh, (some) =>
    insertUsers(
      session,
      some.map(({ user }) => made(user)),
      batch,
    ),
  )
  return [...notUpdated, ...notInserted]
}

// There is nearly always one round: only a value that moves between two users needs a second.
function roundsOf(known: readonly Known[]): readonly (readonly Known[])[] {
  const rounds: Known[][] = []
  for (const user of known) {
    rounds[user.round] ??= []
    rounds[user.round]?.push(user)
  }
  return rounds
}

// Merging removes null members. So an insert removes them too, or a second import of the file would change the user.
function mergedIntoNothing(user: ImportedUser): ImportedUser {
  const { profile } = user
  const merged = METADATA.flatMap((name) => {
    const given = (profile as JsonObject)[name]
    return isJsonObject(given) ? [[name, mergedMetadata(undefined, given)]] : []
  })
  return { ...user, profile: { ...profile, ...Object.fromEntries(merged) } }
}

type Work<Item> = (some: readonly Item[]) => Promise<void>

async function atOnce<Item>(
  _session: Session,
  items: readonly Item[],
  work: Work<Item>,
): Promise<readonly Item[]> {
  await work(items)
  return []
}

/** If the work fails for all items, works on each half. Gives the items that cannot be stored. */
async function inHalves<Item>(
  session: Session,
  items: readonly Item[],
  work: Work<Item>,
): Promise<readonly Item[]> {
  if (items.length === 0) return []
  await session.query('savepoint half')
  try {
    await work(items)
    await session.query('release half')
    return []
  } catch (error) {
    if (!isUnstorable(error)) throw error
    await session.query('rollback to half')
    await session.query('release half')
  }
  if (items.length === 1) return items
  const middle = Math.floor(items.length / 2)
  const first = await inHalves(session, items.slice(0, middle), work)
  return [...first, ...(await inHalves(session, items.slice(middle), work))]
}

function without(unstorable: readonly Numbered[], sorted: SortedBatch): BatchOutcome {
  const { fresh, known, refused } = sorted
  const left = new Set(unstorable.map(({ ordinal }) => ordinal))
  const isStored = ({ ordinal }: { readonly ordinal: number }): boolean => !left.has(ordinal)
  const more = [...left].map((ordinal): Refusal => ({ ordinal, reason: 'unstorable', isInFile: false }))
  return outcomeOf({
    fresh: fresh.filter(isStored),
    known: known.filter(isStored),
    refused: [...refused, ...more].sort((a, b) => a.ordinal - b.ordinal),
    unwritten: sorted.unwritten.filter(isStored),
  })
}
