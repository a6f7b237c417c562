import { abortableWithin } from '../domain/abort.ts'
import type { ExportPlan } from '../plan/export-plan.ts'
import { newAgreements } from './agreement.ts'
import type { RowSource, Snapshot, SnapshotPart } from './row-source.ts'

/** The users of one source, or Muster's own. */
export interface Place<Kind> {
  /** The connection of a source. Null for Muster's own users, whose connections are many. */
  readonly connectionId: string | null
  readonly of: Kind
}

/** Of Muster's own users first, then of the sources in the order of their names. */
export type Places<Kind> = readonly [Place<Kind>, ...Place<Kind>[]]

/** Where the users of a plan live: in one place if it names a connection, and otherwise in all. */
export function placesOf<Kind>(
  { connectionId }: { readonly connectionId?: string },
  places: Places<Kind>,
): readonly [Place<Kind>, ...Place<Kind>[]] {
  if (connectionId === undefined) return places
  return [places.find((place) => place.connectionId === connectionId) ?? places[0]]
}

/**
 * The users of a source, or all users: the own users and those of all sources, each in a snapshot of its own database.
 * All snapshots are taken at the same time, as near as can be. If one of them cannot be taken, there is no file.
 */
export function jointRows(places: Places<RowSource>): RowSource {
  return {
    open: (plan, signal) => {
      const [first, ...others] = placesOf(plan, places)
      if (others.length === 0) return first.of.open(plan, signal)
      return openAll([first, ...others], plan, signal)
    },
  }
}

interface Member {
  readonly place: Place<RowSource>
  readonly snapshot: Snapshot
}

async function openAll(
  places: readonly Place<RowSource>[],
  plan: ExportPlan,
  signal: AbortSignal,
): Promise<Snapshot> {
  const leaving = abortableWithin(signal)
  const agreements = newAgreements(places.length, plan.limit, leaving.signal)
  const opening = places.map(async (place, index): Promise<Member> => {
    try {
      return { place, snapshot: await place.of.open(plan, leaving.signal, agreements[index]) }
    } catch (error) {
      // The others wait for this one. They fail with this error, which is then the one that is reported.
      leaving.abort(error)
      throw error
    }
  })
  const opened = await Promise.allSettled(opening)
  const members = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const close = async (): Promise<void> => {
    await Promise.allSettled(members.map(({ snapshot }) => snapshot.close()))
    leaving.release()
  }
  if (members.length === places.length) return jointSnapshot(members, close)
  await close()
  throw leaving.signal.reason
}

interface JointRange {
  readonly member: Snapshot
  readonly range: unknown
}

function jointSnapshot(members: readonly Member[], close: () => Promise<void>): Snapshot<JointRange> {
  const snapshots = members.map(({ snapshot }) => snapshot)
  const [first] = snapshots
  const isAlone = snapshots.some((snapshot) => snapshot.isAlone)
  const sum = (of: (snapshot: Snapshot) => number): number =>
    snapshots.reduce((total, snapshot) => total + of(snapshot), 0)
  return {
    // That of the own users, which is recorded. An export of changes repeats a minute of those of sources.
    moment: (first as Snapshot).moment,
    columns: (first as Snapshot).columns,
    ranges: inTurn(snapshots),
    lines: sum(({ lines }) => lines),
    // On an engine with one session, a range of it must not wait for many others.
    parallel: isAlone ? 1 : sum(({ parallel }) => parallel),
    isAlone,
    parts: members.flatMap(partsOf),
    read: ({ member, range }) => member.read(range),
    counts: () => ({
      rows: sum((snapshot) => snapshot.counts().rows),
      counted: sum((snapshot) => snapshot.counts().counted),
    }),
    close,
    ...(snapshots.some((snapshot) => snapshot.isLast === true) ? { isLast: true as const } : {}),
  }
}

function partsOf({ snapshot }: Member): readonly SnapshotPart[] {
  return snapshot.parts ?? [{ source: null, moment: snapshot.moment, counts: snapshot.counts }]
}

/** A range of each in turn, so that all databases are read at the same time. */
function inTurn(snapshots: readonly Snapshot[]): readonly JointRange[] {
  const most = Math.max(...snapshots.map(({ ranges }) => ranges.length))
  return Array.from({ length: most }, (_, index) => index).flatMap((index) =>
    snapshots.flatMap((member) =>
      index < member.ranges.length ? [{ member, range: member.ranges[index] }] : [],
    ),
  )
}
