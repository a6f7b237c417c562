import { Failure } from '../domain/failure.ts'
import { isJsonObject, type JsonObject } from '../domain/json.ts'
import { METADATA } from '../domain/profile.ts'
import { type Database, type HeldSession, type Session, sqlState } from '../pg/database.ts'
import { mergedMetadata } from './merge-metadata.ts'
import { findHolders } from './pg-find-holders.ts'
import { insertUsers } from './pg-insert-users.ts'
import { updateUsers } from './pg-update-users.ts'
import { type Known, type Numbered, type SortedBatch, sortBatch, UNIQUE } from './sort-batch.ts'
import type { BatchOutcome, Conflict, ImportBatch, ImportedUser, Refusal } from './user-store.ts'

/** How a batch is stored: quickly at first, and otherwise once that turned out to be too quick. */
interface Way {
  /** Of which values it is looked up who has them. */
  readonly kinds: readonly Conflict[]
  /** One user whom the database cannot hold does not take the others along. */
  readonly isCareful: boolean
}

// Every try but the first two is somebody else's commit in between, so there are hardly ever three.
const TRIES_MAX = 10

/**
 * Stores batches, each by a handful of statements in a transaction, its outcome beside it: both are there, or
 * neither is. So a worker that takes over from a killed one finds the batch done, or does it whole. Between two
 * statements the database waits for this process, which has the next batch to read: there are as few as can be.
 */
export function batchImporter(database: Database): (batch: ImportBatch) => Promise<BatchOutcome> {
  // The import that met a conflict last: its next batch probably meets one, too.
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

// To look for conflicts costs a tenth of an import, and most have none: the database finds out by itself.
function quickKinds({ upsert, preserve }: ImportBatch): readonly Conflict[] {
  if (upsert === 'no') return []
  return preserve === true ? ['email', 'user_id'] : ['email']
}

/** A user who was to be updated is gone, or is no longer what was found. */
class OutOfDate extends Error {
  readonly code = 'batch_out_of_date'
}

// SQLSTATE 23505 is a unique violation, 23503 a reference to what is not there.
function slowerWay(way: Way, error: unknown): Way {
  if (error instanceof OutOfDate || sqlState(error) === '23505') return { ...way, kinds: UNIQUE }
  if (isUnstorable(error) && !way.isCareful) return { ...way, isCareful: true }
  if (sqlState(error) !== '23503') throw error
  throw new Failure('connection_unknown', 'The connection does not exist.', { cause: error })
}

// SQLSTATE class 22, data exceptions, which the checks before should have prevented.
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
  const expected = {
    inserted: sorted.fresh.length,
    updated: sorted.known.length,
    refused: sorted.refused,
    ...(sorted.unwritten.length === 0 ? {} : { unwritten: sorted.unwritten }),
  }
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
  // Why a user is refused must not depend on where the file was cut into batches: only a whole look tells.
  return sorted.refused.length > 0 && way.kinds.length < UNIQUE.length ? look(UNIQUE) : sorted
}

// Of two workers on one batch (one has lost its lease and does not know yet) the second waits here until the
// first has committed, and then tells the same outcome; or, when the first was killed, does the batch itself.
async function claimBatch(session: Session, key: string, outcome: BatchOutcome): Promise<boolean> {
  const claimed = await session.query(
    `insert into muster.import_batches (batch_key, results) values ($1, $2)
     on conflict (batch_key) do nothing returning batch_key`,
    [key, JSON.stringify(outcome)],
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

/** Gives those whom the database cannot hold; with a way that is not careful there are none, or it fails. */
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

// Nearly always one.
function roundsOf(known: readonly Known[]): readonly (readonly Known[])[] {
  const rounds: Known[][] = []
  for (const user of known) {
    rounds[user.round] ??= []
    rounds[user.round]?.push(user)
  }
  return rounds
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

type Work<Item> = (some: readonly Item[]) => Promise<void>

async function atOnce<Item>(
  _session: Session,
  items: readonly Item[],
  work: Work<Item>,
): Promise<readonly Item[]> {
  await work(items)
  return []
}

/** Works on all; where that fails, on one half and then the other. Gives those that were left out. */
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
  const unwritten = sorted.unwritten.filter(isStored)
  const more = [...left].map((ordinal): Refusal => ({ ordinal, reason: 'unstorable', isInFile: false }))
  return {
    inserted: fresh.filter(isStored).length,
    updated: known.filter(isStored).length,
    refused: [...refused, ...more].sort((a, b) => a.ordinal - b.ordinal),
    ...(unwritten.length === 0 ? {} : { unwritten }),
  }
}
