import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Entry, UserEntry } from '../decode/entry.ts'
import type { PlacedError } from '../domain/job.ts'
import { type BatchTimes, newBatchTimes } from './batch-times.ts'
import { type Checking, checkEntry, needsTime, type SoundUser } from './check-entry.ts'

export interface Accepted extends SoundUser {
  /** Among the entries of the file, from 0. */
  readonly position: number
  readonly entry: UserEntry
}

/** Part of an import's file, checked: what the store takes in one transaction. */
export interface CheckedBatch {
  /** From 0. */
  readonly number: number
  readonly accepted: readonly Accepted[]
  /** Entries that are no sound user. */
  readonly errors: readonly PlacedError[]
}

/** A batch ends with the entry that reaches one of these. */
export interface BatchLimits {
  readonly entries: number
  /** Of the file, unpacked. */
  readonly bytes: number
}

// Two batches are in memory, as several times their bytes. A conflict makes the store begin its batch anew.
export const BATCH_LIMITS: BatchLimits = { entries: 2000, bytes: 4 * 1024 * 1024 }

/**
 * Cuts entries into batches and checks them. Where a batch ends depends on nothing but the file, so that a run
 * that takes over finds the same; so limits are not for settings to change. What the source throws comes behind the batch of all that came before it.
 */
export async function* checkedBatches(
  source: AsyncIterable<readonly Entry[]>,
  checking: Checking,
  limits: BatchLimits,
): AsyncGenerator<CheckedBatch> {
  const batching = { checking, times: newBatchTimes(checking.takeTimes, limits.entries) }
  let number = 0
  let position = 0
  for await (const entries of cut(source, limits)) {
    yield await checkBatch({ number, position, entries }, batching)
    number++
    position += entries.length
  }
}

async function* cut(
  source: AsyncIterable<readonly Entry[]>,
  limits: BatchLimits,
): AsyncGenerator<readonly Entry[]> {
  let entries: Entry[] = []
  let bytes = 0
  try {
    for await (const group of source)
      for (const entry of group) {
        entries.push(entry)
        bytes += bytesOf(entry)
        if (entries.length < limits.entries && bytes < limits.bytes) continue
        yield entries
        entries = []
        bytes = 0
      }
  } catch (error) {
    if (entries.length > 0) yield entries
    throw error
  }
  if (entries.length > 0) yield entries
}

function bytesOf(entry: Entry): number {
  return entry.kind === 'user' ? entry.bytes : 0
}

interface Batching {
  readonly checking: Checking
  readonly times: BatchTimes
}

interface RawBatch {
  readonly number: number
  /** Of its first entry. */
  readonly position: number
  readonly entries: readonly Entry[]
}

// Half a millisecond of checking. Then requests are served, and the database, which waits for answers of its own.
const SLICE_ENTRIES_MAX = 20
const SLICE_BYTES_MAX = 16 * 1024

// Every user of the batch brings times of its own, which count.
const NO_TIME = new Date(0).toISOString()

async function checkBatch(raw: RawBatch, { checking, times }: Batching): Promise<CheckedBatch> {
  const accepted: Accepted[] = []
  const errors: PlacedError[] = []
  const timed = raw.entries.some((entry) => needsTime(entry, checking))
  const nextTime = timed ? await times.next(raw.entries.length) : () => NO_TIME
  let [entries, bytes] = [0, 0]
  for (const [index, entry] of raw.entries.entries()) {
    const position = raw.position + index
    const checked = checkEntry(entry, checking, nextTime())
    if ('error' in checked) errors.push({ position, error: checked.error })
    else if (entry.kind === 'user') accepted.push(acceptedAt(position, entry, checked))
    entries++
    bytes += bytesOf(entry)
    if (entries < SLICE_ENTRIES_MAX && bytes < SLICE_BYTES_MAX) continue
    await nextTurn()
    entries = 0
    bytes = 0
  }
  return { number: raw.number, accepted, errors }
}

// Every user of an import passes here: to name the members costs a fraction of copying whatever there is.
function acceptedAt(position: number, entry: UserEntry, { user, leftOut, remarks }: SoundUser): Accepted {
  return { position, entry, user, leftOut, remarks }
}
