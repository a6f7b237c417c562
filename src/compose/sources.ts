import type { Config } from '../config.ts'
import { systemStopwatch } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import type { SourceSettings } from '../domain/source.ts'
import { newTurns } from '../domain/turns.ts'
import type { Log } from '../observe/log.ts'
import { type Briefly, brieflyInSnapshot } from '../pg/briefly.ts'
import type { CopyWay } from '../pg/copy-way.ts'
import { type Database, openDatabase } from '../pg/database.ts'
import { sourceUrl } from '../pg/source-url.ts'
import { type PgSource, pgSource } from '../relations/pg-source.ts'
import type { SourceUsers } from '../relations/source.ts'
import { jointCounts, jointPreviews, jointSamples, jointSizes } from '../rows/joint-reads.ts'
import { jointRows, type Places } from '../rows/joint-rows.ts'
import { pgRowPreview } from '../rows/pg-row-preview.ts'
import { pgSizeGuess } from '../rows/pg-size-guess.ts'
import { pgSourceRows } from '../rows/pg-source-rows.ts'
import { pgUserCount } from '../rows/pg-user-count.ts'
import { pgUserSample } from '../rows/pg-user-sample.ts'
import type { RowPreview } from '../rows/row-preview.ts'
import type { RowSource, SizeGuess } from '../rows/row-source.ts'
import type { UserCount } from '../rows/user-count.ts'
import type { UserSample } from '../rows/user-sample.ts'
import { jointFinder } from '../users/joint-finder.ts'
import { pgSourceFinder } from '../users/pg-source-finder.ts'
import { withSourceConnections } from '../users/source-connections.ts'
import { withSourceUsers } from '../users/source-users.ts'
import type { Closers } from './closers.ts'
import { BRIEF_READS, type JobEngine, SMALL_EXPORTS, USERS_PER_RANGE } from './engine.ts'
import { sourceTables } from './source-tables.ts'
import type { Reads, Stores } from './stores.ts'

// Looks, searches and counts of requests. A slow source must not hold up requests for other users.
const REQUEST_CONNECTIONS = 3
const CONNECT_SECONDS = 10
const QUICK_SECONDS = 5
const IDLE_SECONDS = 60

/** For requests: a few connections, and statements of some seconds. A source that is down does not stop the start. */
export function openSources(
  { sources, limits }: Pick<Config, 'sources' | 'limits'>,
  log: Log,
  closers: Closers,
): readonly PgSource[] {
  const seconds = limits.statementSeconds
  const opened = opensOf(sources, closers, ({ url }) =>
    openDatabase({
      url: sourceUrl(url, { statementSeconds: seconds, idleSeconds: IDLE_SECONDS }),
      connectionsMax: REQUEST_CONNECTIONS,
      limits: { connectSeconds: QUICK_SECONDS, answerSeconds: seconds + 1, silenceSeconds: seconds + 1 },
    }),
  )
  for (const source of opened) void reportLook(source, log)
  return opened
}

export type SourceJobsConfig = Pick<Config, 'sources' | 'limits' | 'concurrency' | 'exportConnections'>

/** For exports, whose transactions lift the limits of statements. */
export function openJobSources(
  { sources, limits, concurrency, exportConnections }: SourceJobsConfig,
  copyWay: CopyWay,
  closers: Closers,
): readonly PgSource[] {
  // An export holds its connections and one for its snapshot. With fewer, exports would wait for each other.
  const connectionsMax = (concurrency + SMALL_EXPORTS) * (exportConnections + 1)
  return opensOf(sources, closers, ({ url }) =>
    openDatabase({
      url: sourceUrl(url, { statementSeconds: limits.openingSeconds, idleSeconds: IDLE_SECONDS }),
      connectionsMax,
      copyWay,
      limits: {
        connectSeconds: CONNECT_SECONDS,
        quickSeconds: QUICK_SECONDS,
        answerSeconds: limits.openingSeconds,
        silenceSeconds: limits.silenceSeconds,
      },
    }),
  )
}

/** Refuses a source with the name of a stored connection: users of both would have the same identities. */
export async function checkNames(sources: readonly PgSource[], { connections }: Stores): Promise<void> {
  const stored = new Set((await connections.list()).map(({ name }) => name))
  const taken = sources.filter(({ name }) => stored.has(name))
  if (taken.length === 0) return
  const complaints = taken.map(
    ({ name }) => `  - the source ${name}: expected a name that no connection has: rename one of both\n`,
  )
  throw new Failure('config_invalid', `Muster cannot start:\n${complaints.join('')}`)
}

/** What the API does with own users, for the users of sources too. */
export function withSources(stores: Stores, sources: readonly PgSource[]) {
  const finders = sources.map((source) => pgSourceFinder(source, source.database))
  return {
    ...stores,
    connections: withSourceConnections(stores.connections, sources),
    users: withSourceUsers(stores.users, finders),
    finder: jointFinder(stores.finder, finders),
    sizes: jointSizes(placesFor(sources, stores.sizes, sizesOf)),
    sources,
  }
}

export function readsWithSources(reads: Reads, sources: readonly PgSource[]): Reads {
  const { counts, previews, samples } = reads
  return {
    ...reads,
    counts: jointCounts(placesFor(sources, counts, countsOf)),
    previews: jointPreviews(placesFor(sources, previews, previewsOf), systemStopwatch),
    samples: jointSamples(placesFor(sources, samples, samplesOf)),
  }
}

export function rowsWithSources(
  { clock, rows }: JobEngine,
  sources: readonly PgSource[],
  parallel: number,
): RowSource {
  const bounds = { clock, parallel, usersPerRange: USERS_PER_RANGE }
  return jointRows(
    placesFor(sources, rows(parallel), (source) =>
      pgSourceRows(source, { database: source.database, ...bounds }),
    ),
  )
}

function placesFor<Kind>(
  sources: readonly PgSource[],
  own: Kind,
  ofSource: (source: PgSource) => Kind,
): Places<Kind> {
  const others = sources.map((source) => ({ connectionId: source.connectionId, of: ofSource(source) }))
  return [{ connectionId: null, of: own }, ...others]
}

function sizesOf(source: PgSource): SizeGuess {
  return {
    isSmall: async (plan) => {
      // A source that is down, or is slow, must not refuse the job.
      if ((await source.state()).kind !== 'reachable') return false
      return onSource(source, ({ relation }) => pgSizeGuess(source.database, relation).isSmall(plan))
    },
  }
}

const brieflyOn = ({ database }: PgSource): Briefly =>
  brieflyInSnapshot(database, { stopwatch: systemStopwatch, turns: newTurns(BRIEF_READS) })

function countsOf(source: PgSource): UserCount {
  const briefly = brieflyOn(source)
  return {
    count: (plan, seconds) =>
      onSource(source, ({ relation }) => pgUserCount(briefly, relation).count(plan, seconds)),
  }
}

function previewsOf(source: PgSource): RowPreview {
  const briefly = brieflyOn(source)
  return {
    first: (plan, bounds) =>
      onSource(source, ({ relation }) => pgRowPreview(briefly, relation).first(plan, bounds)),
  }
}

function samplesOf(source: PgSource): UserSample {
  const briefly = brieflyOn(source)
  return {
    take: (wish, onUsers) =>
      onSource(source, ({ relation }) => pgUserSample(briefly, relation).take(wish, onUsers)),
  }
}

async function onSource<T>(source: PgSource, read: (users: SourceUsers) => Promise<T>): Promise<T> {
  try {
    return await read(await source.users())
  } catch (error) {
    throw source.failureOf(error)
  }
}

function opensOf(
  sources: readonly SourceSettings[],
  closers: Closers,
  open: (settings: SourceSettings) => Database,
): readonly PgSource[] {
  const pools = closers.together()
  return sourceTables(sources).map(({ settings, ...tables }) =>
    pgSource(tables, pools.opened(open(settings)), systemStopwatch),
  )
}

async function reportLook(source: PgSource, log: Log): Promise<void> {
  try {
    const { found } = await source.users()
    log.info({ source: source.name, preset: found.preset, ...found.asked }, 'a source of users')
  } catch (err) {
    log.warn({ err, source: source.name }, 'a source of users cannot be read now')
  }
}
