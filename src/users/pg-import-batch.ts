import { Failure } from '../domain/failure.ts'
import { type Database, type Session, sqlState } from '../pg/database.ts'
import { findHolders } from './pg-find-holders.ts'
import { insertUsers } from './pg-insert-users.ts'
import { updateUsers } from './pg-update-users.ts'
import { outcomeOf, type SortedBatch, sortBatch, UNIQUE } from './sort-batch.ts'
import type { BatchOutcome, Conflict, ImportBatch } from './user-store.ts'

/**
 * Stores a batch by a handful of statements, whatever its size, and its outcome beside it: both are there, or
 * neither is. So a worker that takes over from a killed one finds the batch done, or does it whole.
 */
export function importBatch(database: Database, batch: ImportBatch): Promise<BatchOutcome> {
  return database.transaction(async (session) => {
    if (!(await claimBatch(session, batch.key))) return storedOutcome(session, batch.key)
    const outcome = await store(session, batch)
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

// Each try but the first is somebody else's commit in between, so there are hardly ever two.
const TRIES_MAX = 10

async function store(session: Session, batch: ImportBatch): Promise<BatchOutcome> {
  let kinds: readonly Conflict[] = UNIQUE
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const { users, connection, importNumber, upsert } = batch
    const holders = await findHolders(session, { users, connectionId: connection.id, kinds, importNumber })
    const sorted = sortBatch(users, upsert, holders)
    if (await isStored(session, batch, sorted)) return outcomeOf(sorted)
    kinds = UNIQUE
  }
  throw new Failure('database_unavailable', 'The database is too busy. Try again later.')
}

// SQLSTATE 23505 is a unique violation.
async function isStored(
  session: Session,
  batch: ImportBatch,
  { fresh, known }: SortedBatch,
): Promise<boolean> {
  try {
    return await inSavepoint(session, async () => {
      const updated = await updateUsers(session, known, batch)
      if (updated < known.length) throw new OutOfDate()
      await insertUsers(
        session,
        fresh.map(({ user }) => user),
        batch,
      )
      return true
    })
  } catch (error) {
    if (error instanceof OutOfDate || sqlState(error) === '23505') return false
    throw error
  }
}

/** A user who was to be updated is gone, or has another address. */
class OutOfDate extends Error {}

async function inSavepoint<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.query('savepoint work')
  try {
    const result = await work()
    await session.query('release work')
    return result
  } catch (error) {
    await session.query('rollback to work; release work')
    throw error
  }
}
