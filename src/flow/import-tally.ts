import type { ImportSummary, PlacedError } from '../domain/job.ts'
import { isServerMade, type LeftOut, type Remark } from '../users/left-out.ts'
import { ROOT_PATH } from '../users/rules.ts'
import type { BatchOutcome, Refusal, Unwritten } from '../users/user-store.ts'
import { type Checking, leftOutError, refusalError, unwrittenProblems } from './check-entry.ts'
import type { Accepted, CheckedBatch } from './checked-batches.ts'
import { type NameCount, newNameCount } from './name-count.ts'

export interface ImportTally {
  add(batch: CheckedBatch, stored: BatchOutcome): readonly PlacedError[]
  summary(): ImportSummary
  details(): { readonly details?: string }
}

// Incomplete users who get an entry: the first ones of the file, so a worker that takes over chooses the same.
const LEFT_OUT_ENTRIES_MAX = 10_000
// If an exported file is imported without `preserve`, every user has attributes that only the server sets. An entry for
// each user would cost as much as the import itself.
const SERVER_MADE_ENTRIES_MAX = 1_000

export function newImportTally(checking: Checking): ImportTally {
  let [failed, updated, inserted, incomplete] = [0, 0, 0, 0]
  const room = { serverMade: SERVER_MADE_ENTRIES_MAX, other: LEFT_OUT_ENTRIES_MAX }
  const counts = newCounts()

  function entryOf(user: Accepted, leftOut: readonly LeftOut[]): readonly PlacedError[] {
    incomplete++
    for (const { path } of leftOut) count(counts, path.slice(ROOT_PATH.length))
    const kind = leftOut.every(({ path }) => isServerMade(path.slice(ROOT_PATH.length)))
      ? 'serverMade'
      : 'other'
    if (room[kind] === 0) return []
    room[kind]--
    const error = leftOutError(user.entry, leftOut, checking)
    return [{ position: user.position, kind: 'left_out', error }]
  }

  return {
    add: (batch, stored) => {
      failed += batch.errors.length + stored.refused.length
      updated += stored.updated
      inserted += stored.inserted
      const refused = byOrdinal(stored.refused)
      const unwritten = byOrdinal(stored.unwritten ?? [])
      const entries = batch.accepted.flatMap((user, ordinal) => {
        const refusal = refused.get(ordinal)
        if (refusal !== undefined)
          return [{ position: user.position, error: refusalError(user.entry, refusal, checking) }]
        for (const remark of user.remarks ?? []) counts[remark.kind].add(remark.name, remark.meant)
        const more = unwritten.get(ordinal)
        const leftOut =
          more === undefined ? user.leftOut : [...(user.leftOut ?? []), ...unwrittenProblems(more, checking)]
        return leftOut === undefined ? [] : entryOf(user, leftOut)
      })
      return [...batch.errors, ...entries]
    },
    summary: () => ({
      failed,
      updated,
      inserted,
      total: failed + updated + inserted,
      ...(incomplete === 0 ? {} : { incomplete }),
    }),
    details: () => {
      const listed = SERVER_MADE_ENTRIES_MAX + LEFT_OUT_ENTRIES_MAX - room.serverMade - room.other
      const cut =
        incomplete > listed
          ? [`The errors list ${listed} of the ${incomplete} users who came in incomplete.`]
          : []
      const sentences = [...sentencesOf(counts), ...cut]
      return sentences.length === 0 ? {} : { details: sentences.join(' ') }
    },
  }
}

function byOrdinal<Item extends Refusal | Unwritten>(items: readonly Item[]): ReadonlyMap<number, Item> {
  return new Map(items.map((item) => [item.ordinal, item]))
}

type Counts = Readonly<Record<'server_made' | 'left_out' | Remark['kind'], NameCount>>

function newCounts(): Counts {
  return {
    server_made: newNameCount(),
    left_out: newNameCount(),
    secret_kept: newNameCount(),
    foreign_attribute: newNameCount(),
  }
}

function count(counts: Counts, name: string): void {
  counts[isServerMade(name) ? 'server_made' : 'left_out'].add(name)
}

const SENTENCES: Readonly<Record<keyof Counts, (names: string) => string>> = {
  server_made: (names) =>
    `Left out, since only the server sets them and preserve was not asked for: ${names}.`,
  left_out: (names) => `Left out, for the reasons that the errors give: ${names}.`,
  secret_kept: (names) =>
    `Kept in metadata, though it looks like a secret, and given out with every profile: ${names}.`,
  foreign_attribute: (names) => `Kept, though not standard Auth0 fields: ${names}.`,
}

function sentencesOf(counts: Counts): readonly string[] {
  return (Object.keys(SENTENCES) as (keyof Counts)[]).flatMap((kind) => {
    const names = counts[kind].text()
    return names === undefined ? [] : [SENTENCES[kind](names)]
  })
}
