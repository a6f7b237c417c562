import type { Json } from '../domain/json.ts'

/** Each entry of a file counts once: `read` is `inserted` + `updated` + `failed`. */
export interface Counts {
  readonly read: number
  readonly inserted: number
  readonly updated: number
  readonly failed: number
  /** Of the inserted and updated users, those of whom something was left out. */
  readonly incomplete: number
}

export interface UserError {
  readonly code: string
  readonly message: string
  readonly path?: string
}

/** A user whom the server, or this client, did not take. */
export interface RefusedUser {
  /** Which entry of the file, from 0. A Muster gives the line alone. */
  readonly entry?: number
  /** In the uncompressed text. Undefined only if Auth0 reports a user who cannot be found in the file. */
  readonly line?: number
  readonly user: Json
  readonly errors: readonly UserError[]
}

/** What became of a whole file, or of one slice of it. */
export interface Outcome {
  readonly counts: Counts
  readonly refused: readonly RefusedUser[]
  /** What the server says about the job. */
  readonly remark?: string
  /** Why the rest of the file was not read. */
  readonly problem?: string
}

export const NO_COUNTS: Counts = { read: 0, inserted: 0, updated: 0, failed: 0, incomplete: 0 }

export function sumOf(one: Counts, other: Counts): Counts {
  return {
    read: one.read + other.read,
    inserted: one.inserted + other.inserted,
    updated: one.updated + other.updated,
    failed: one.failed + other.failed,
    incomplete: one.incomplete + other.incomplete,
  }
}

// Nobody reads more of them, and a file may have millions. `places` has all, for the file of refused entries.
const SHOWN_MAX = 1000

export interface FileTally {
  counts: Counts
  readonly shown: RefusedUser[]
  readonly places: RefusedPlaces
  readonly remarks: string[]
  readonly problems: string[]
}

/** For the file of refused entries: which entries of the users file it gets. */
export interface RefusedPlaces {
  readonly entries: Set<number>
  /** By line, since a Muster names no entry: the users whom it refused there. */
  readonly lines: Map<number, Json[]>
}

export function newTally(): FileTally {
  return {
    counts: NO_COUNTS,
    shown: [],
    places: { entries: new Set(), lines: new Map() },
    remarks: [],
    problems: [],
  }
}

export function addOutcome(tally: FileTally, { counts, refused, remark, problem }: Outcome): void {
  tally.counts = sumOf(tally.counts, counts)
  if (remark !== undefined) tally.remarks.push(remark)
  if (problem !== undefined) tally.problems.push(problem)
  for (const one of refused) {
    if (tally.shown.length < SHOWN_MAX) tally.shown.push(one)
    if (one.entry !== undefined) tally.places.entries.add(one.entry)
    else if (one.line !== undefined) {
      const others = tally.places.lines.get(one.line)
      if (others === undefined) tally.places.lines.set(one.line, [one.user])
      else others.push(one.user)
    }
  }
}
