import type { Compressor } from '../compress/compressor.ts'
import type { Config } from '../config.ts'
import { systemClock, systemStopwatch } from '../domain/clock.ts'
import type { TablesWish } from '../domain/source.ts'
import { newTurns } from '../domain/turns.ts'
import { checkSource, type SourceParts } from '../inspect/check-source.ts'
import { measureExport } from '../inspect/measure-export.ts'
import { helpfulIndexes } from '../inspect/pg-indexes.ts'
import { type NeededTable, neededBy, privilegesFor } from '../inspect/pg-privileges.ts'
import { tablesOfQuery } from '../inspect/pg-query-tables.ts'
import { serverOf } from '../inspect/pg-server.ts'
import { bytesOfTables, presetReport } from '../inspect/pg-source-tables.ts'
import { sampleUsers } from '../inspect/sample-users.ts'
import type { SourceReport } from '../inspect/source-report.ts'
import { newLog } from '../observe/log.ts'
import { brieflyInSnapshot } from '../pg/briefly.ts'
import { type Database, openDatabase } from '../pg/database.ts'
import { isCanceled } from '../pg/failure-of.ts'
import { sourceUrl } from '../pg/source-url.ts'
import { planExport } from '../plan/export-plan.ts'
import { readsOf, recognize } from '../relations/find-users.ts'
import { type OwnQuery, selectIn } from '../relations/own-tables.ts'
import { type PgSource, pgSource } from '../relations/pg-source.ts'
import { PRESETS } from '../relations/presets.ts'
import { pgSourceRows } from '../rows/pg-source-rows.ts'
import { pgUserCount } from '../rows/pg-user-count.ts'
import { pgUserSample } from '../rows/pg-user-sample.ts'
import { newClosers } from './closers.ts'
import { USERS_PER_RANGE } from './engine.ts'
import { compressorOf } from './runners.ts'
import { type ReadTables, sourceTables } from './source-tables.ts'

// One holds the snapshot of the sample, and one reads it.
const CONNECTIONS = 2
const CONNECT_SECONDS = 10
const COUNT_SECONDS = 30
const ANSWER_SECONDS = COUNT_SECONDS + 5

export type CheckConfig = Pick<Config, 'sources' | 'compressor' | 'gzipLevel'>

/** Looks at one source after the other, so that each has the machine for itself. It opens nothing but their databases. */
export async function* composeSourceCheck(
  config: CheckConfig,
  signal: AbortSignal,
): AsyncGenerator<SourceReport> {
  const compress = await compressorOf(config, newLog('silent'))
  for (const tables of sourceTables(config.sources)) {
    const closers = newClosers()
    try {
      const database = closers.opened(openForCheck(tables.settings.url)).until(signal)
      yield await checkSource(partsOf(tables, database, compress), signal)
    } finally {
      await closers.closeAll()
    }
  }
}

function openForCheck(url: string): Database {
  return openDatabase({
    url: sourceUrl(url, { statementSeconds: COUNT_SECONDS, idleSeconds: ANSWER_SECONDS }),
    connectionsMax: CONNECTIONS,
    limits: {
      connectSeconds: CONNECT_SECONDS,
      answerSeconds: ANSWER_SECONDS,
      silenceSeconds: ANSWER_SECONDS,
    },
  })
}

function partsOf({ tables, ...read }: ReadTables, database: Database, compress: Compressor): SourceParts {
  const source = pgSource({ tables, ...read }, database, systemStopwatch)
  const looks = 'sql' in tables ? looksAtQuery(tables, database) : looksAtProduct(tables, database)
  return {
    source,
    server: () => serverOf(database, systemStopwatch, read.settings.url),
    tables: looks.tables,
    privileges: looks.privileges,
    tableBytes: async () => bytesOfTables(database, await looks.needed()),
    indexes: (relation) => helpfulIndexes(database, relation),
    countLeftOut: (kind) => countOf(database, kind.count),
    ...usersOf(source, database),
    measure: (signal) => {
      const bounds = { database, clock: systemClock, parallel: 1, usersPerRange: USERS_PER_RANGE }
      const rows = pgSourceRows(source, bounds)
      return measureExport({ rows, compress, stopwatch: systemStopwatch }, signal)
    },
  }
}

interface Looks extends Pick<SourceParts, 'tables' | 'privileges'> {
  needed(): Promise<readonly NeededTable[]>
}

function looksAtProduct(wish: TablesWish, database: Database): Looks {
  const recognized = once(() => recognize(database, wish, PRESETS))
  const needed = async (): Promise<readonly NeededTable[]> => {
    const found = await recognized()
    return neededBy(readsOf(found, wish), found.catalogue.schema)
  }
  return {
    tables: async () => presetReport(database, await recognized()),
    needed,
    privileges: async () => privilegesFor(database, await needed()),
  }
}

function looksAtQuery(query: OwnQuery, database: Database): Looks {
  const read = once(() => tablesOfQuery(database, selectIn(query)))
  return {
    tables: async () => {
      await read()
      return { preset: 'query', version: null }
    },
    needed: async () => (await read()).tables,
    privileges: async () => {
      const { tables, isDenied } = await read()
      return privilegesFor(database, tables, isDenied)
    },
  }
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= work()
    return made
  }
}

function usersOf(source: PgSource, database: Database): Pick<SourceParts, 'count' | 'sample'> {
  const briefly = brieflyInSnapshot(database, { stopwatch: systemStopwatch, turns: newTurns(1) })
  return {
    count: async () => {
      const { relation } = await source.users()
      const plan = planExport({ format: 'json' })
      const { users, isEstimate } = await pgUserCount(briefly, relation).count(plan, COUNT_SECONDS)
      return { exported: users, is_estimate: isEstimate }
    },
    sample: async (users) => {
      const { relation } = await source.users()
      return sampleUsers(pgUserSample(briefly, relation), users)
    },
  }
}

async function countOf(database: Database, sql: string): Promise<number | null> {
  try {
    const [row] = await database.queryWithin<{ count: bigint }>(
      COUNT_SECONDS,
      `select (${sql})::bigint as count`,
      [],
    )
    return Number(row?.count ?? 0n)
  } catch (error) {
    if (isCanceled(error)) return null
    throw error
  }
}
