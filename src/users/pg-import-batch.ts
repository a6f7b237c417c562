import { Failure } from '../domain/failure.ts'
import { isJsonObject, type JsonObject } from '../domain/json.ts'
import { type Database, type HeldSession, type Session, sqlState } from '../pg/database.ts'
import { METADATA, mergedMetadata } from './merge-metadata.ts'
import { findHolders } from './pg-find-holders.ts'
import { insertInto } from './pg-insert-users.ts'
import { updateUsers } from './pg-update-users.ts'
import { type Numbered, type SortedBatch, sortBatch, UNIQUE } from './sort-batch.ts'
import type { BatchOutcome, Conflict, ImportBatch, ImportedUser, Refusal } from './user-store.ts'

/**
 * Stores batches, each by a handful of statements, whatever its size, and its outcome beside it: both are there,
 * or neither is. So a worker that takes over from a killed one finds the batch done, or does it whole.
 */
export function batchImporter(database: Database): (batch: ImportBatch) => Promise<BatchOutcome> {
  const insert = insertInto(database)
  // The import that met a conflict last: its next batch probably meets one, too.
  let wary: number | undefined
  return (batch) =>
    database.transaction(async (session) => {
      if (!(await claimBatch(session, batch.key))) return storedOutcome(session, batch.key)
      const looksFirst = wary === batch.importNumber
      const outcome = await store({ session, batch, insert }, looksFirst)
      if (outcome.refused.length > 0) wary = batch.importNumber
      else if (looksFirst) wary = undefined
      await session.query('update muster.import_batches set results = $2 where batch_key = $1', [
        batch.key,
        JSON.stringify(outcome),
      ])
      return outcome
    })
}

// Of two workers on one batch (one has lost its lease and does not know yet) the second waits here until the
// first has committed, and then tells the same outcome; or, when the first was killed, does the batch itself.
async function claimBatch(session: Session, key: string): Promise<boolean> {
  const claimed = await session.query(
    `insert into muster.import_batches (batch_key, results) values ($1, 'null')
     on conflict (batch_key) do nothing returning batch_key`,
    [key],
  )
  return claimed.length === 1
}

async function storedOutcome(session: Session, key: string): Promise<BatchOutcome> {
  const [row] = await session.query<{ results: BatchOutcome }>(
    'select results from muster.import_batches where batch_key = $1',
    [key],
  )
  return row?.results ?? { inserted: 0, updated: 0, refused: [] }
}

interface Storing {
  readonly session: HeldSession
  readonly batch: ImportBatch
  readonly insert: ReturnType<typeof insertInto>
}

// Each look is followed by somebody else's commit, or it is the last: there are hardly ever two.
const LOOKS_MAX = 10

// To look for conflicts costs a tenth of an import, and most have none: the first try finds out by itself.
async function store(storing: Storing, looksFirst: boolean): Promise<BatchOutcome> {
  if (!looksFirst) {
    const outcome = await attempt(storing, storing.batch.upsert === 'no' ? [] : ['email'])
    if (outcome !== undefined) return outcome
  }
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    const outcome = await attempt(storing, UNIQUE)
    if (outcome !== undefined) return outcome
  }
  throw new Failure('database_unavailable', 'The database is too busy. Try again later.')
}

/** Stores the batch, having looked who has the values of these kinds; undefined when that was not enough. */
async function attempt(storing: Storing, kinds: readonly Conflict[]): Promise<BatchOutcome | undefined> {
  const { session, batch } = storing
  const { users, connection, importNumber, upsert } = batch
  const holders = await findHolders(session, { users, connectionId: connection.id, kinds, importNumber })
  const sorted = sortBatch(users, upsert, holders)
  // Why a user is refused must not depend on where the file was cut into batches: only a whole look tells.
  if (sorted.refused.length > 0 && kinds.length < UNIQUE.length) return undefined
  try {
    return await inSavepoint(session, () => storeSorted(storing, sorted))
  } catch (error) {
    // SQLSTATE 23505 is a unique violation, 23503 a reference to what is not there.
    if (error instanceof OutOfDate || sqlState(error) === '23505') return undefined
    if (sqlState(error) === '23503')
      throw new Failure('connection_unknown', 'The connection does not exist.', { cause: error })
    throw error
  }
}

async function storeSorted(
  { session, batch, insert }: Storing,
  { fresh, known, refused }: SortedBatch,
): Promise<BatchOutcome> {
  const notUpdated = await inHalves(session, known, async (some) => {
    if ((await updateUsers(session, some, batch)) < some.length) throw new OutOfDate()
  })
  const made = batch.upsert === 'merge' ? mergedIntoNothing : (user: ImportedUser) => user
  const notInserted = await inHalves(session, fresh, (some) =>
    insert(
      session,
      some.map(({ user }) => made(user)),
      batch,
    ),
  )
  return {
    inserted: fresh.length - notInserted.length,
    updated: known.length - notUpdated.length,
    refused: [...refused, ...notUpdated.map(unstorable), ...notInserted.map(unstorable)].sort(
      (a, b) => a.ordinal - b.ordinal,
    ),
  }
}

function unstorable({ ordinal }: Numbered): Refusal {
  return { ordinal, reason: 'unstorable', isInFile: false }
}

// A second import of the same file would take the nulls away: the first is to make what the second leaves.
function mergedIntoNothing(user: ImportedUser): ImportedUser {
  const { profile } = user
  const merged = METADATA.flatMap((name) => {
    const given = (profile as JsonObject)[name]
    return isJsonObject(given) ? [[name, mergedMetadata(undefined, given)]] : []
  })
  return { ...user, profile: { ...profile, ...Object.fromEntries(merged) } }
}

/** A user who was to be updated is gone, or has another address. */
class OutOfDate extends Error {}

/**
 * Works on all at once; where the server cannot hold a value (SQLSTATE class 22, which the checks before should
 * have prevented), on one half and then the other, so that one user does not take the others along. Gives those
 * that were left out.
 */
async function inHalves<Item>(
  session: Session,
  items: readonly Item[],
  work: (some: readonly Item[]) => Promise<void>,
): Promise<readonly Item[]> {
  if (items.length === 0) return []
  try {
    await inSavepoint(session, () => work(items))
    return []
  } catch (error) {
    if (sqlState(error)?.startsWith('22') !== true) throw error
    if (items.length === 1) return items
    const middle = Math.floor(items.length / 2)
    const first = await inHalves(session, items.slice(0, middle), work)
    return [...first, ...(await inHalves(session, items.slice(middle), work))]
  }
}

async function inSavepoint<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.query('savepoint work')
  try {
    const result = await work()
    await session.query('release work')
    return result
  } catch (error) {
    await session.query('rollback to work')
    await session.query('release work')
    throw error
  }
}
