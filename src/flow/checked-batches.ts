import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Entry, UserEntry } from '../decode/entry.ts'
import type { PlacedError } from '../domain/job.ts'
import { type BatchTimes, newBatchTimes } from './batch-times.ts'
import { type Checking, checkEntry, needsTime, type SoundUser } from './check-entry.ts'

export interface Accepted extends SoundUser {
  readonly position: number
  readonly entry: UserEntry
}

export interface CheckedBatch {
  readonly number: number
  readonly accepted: readonly Accepted[]
  readonly errors: readonly PlacedError[]
}

export interface BatchLimits {
  readonly entries: number
  readonly bytes: number
}

// Two batches are in memory at a time, each with several times its bytes. After a conflict the store starts its batch
// again, so a larger batch would also lose more work.
export const BATCH_LIMITS: BatchLimits = { entries: 2000, bytes: 4 * 1024 * 1024 }

/**
 * A batch's end depends on the file alone: a worker that takes over must cut the same batches to find which are stored.
 * So no setting may change the limits. If the source throws, the entries before the error come out first.
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
  readonly position: number
  readonly entries: readonly Entry[]
}

// Checking this many takes about half a millisecond. Then the event loop must serve requests and connections.
const SLICE_ENTRIES_MAX = 20
const SLICE_BYTES_MAX = 16 * 1024

// For a batch in which every user keeps the timestamps of the file, so no profile gets this one.
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

// Called for every user: naming the members is much faster than a spread.
function acceptedAt(position: number, entry: UserEntry, { user, leftOut, remarks }: SoundUser): Accepted {
  return { position, entry, user, leftOut, remarks }
}
