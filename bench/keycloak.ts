import { join } from 'node:path'
import { setTimeout as later } from 'node:timers/promises'
import { openDatabase } from '../src/pg/database.ts'
import { findUsers } from '../src/relations/find-users.ts'
import { PRESETS } from '../src/relations/presets.ts'
import { sourceRelation } from '../src/relations/source-relation.ts'
import type { Bench } from './bench.ts'
import { isSameJson } from './compare.ts'
import { median, pairedRatio, rounded } from './figures.ts'
import { populateKeycloak, REALM } from './keycloak-population.ts'
import { type Muster, startMuster } from './muster.ts'
import { ndjsonCopy, typeTheLine } from './rivals.ts'
import { newTenant, onServer } from './tenant.ts'
import { cpuBetween, cpuSeconds, forgetPeak, memoryMiB } from './usage.ts'

const SOURCE = 'keycloak'
const FEW_FIELDS = ['user_id', 'email', 'email_verified', 'username', 'name', 'blocked', 'created_at']

/** Exports of attributes that need no table but that of users. */
const COSTS = {
  'seven attributes': {},
  'seven attributes, sorted': { sort: 'created_at:-1' },
  'seven attributes of one domain, no index': { q: 'email.domain:example.com' },
  'seven attributes of a department, no index': { q: 'user_metadata.department:law' },
} as const
type Cost = keyof typeof COSTS

export interface KeycloakResult {
  readonly users: number
  readonly musterSeconds: number
  readonly gzipSeconds: number
  readonly ratio: number
  readonly isEqual: boolean
  readonly usersPerSecond: number
  /** Of Muster, above idle, while its files were made. */
  readonly peakAboveIdleMiB: number
  /** CPU seconds of the database for one file of Muster. */
  readonly databaseSeconds: number
  /** From POST to completed, of one CSV each. */
  readonly csvSeconds: Readonly<Record<Cost, number>>
}

interface KeycloakBench extends Omit<Bench, 'databaseUrl' | 'muster'> {
  readonly serverUrl: string
  readonly seed: number
}

/** Whole profiles from the tables of Keycloak, against `psql | gzip` of the SELECT that Muster runs. */
export async function keycloak({ serverUrl, seed, ...rest }: KeycloakBench): Promise<KeycloakResult> {
  // Muster's own tables are in a schema of their own, so one database serves both.
  const { databaseUrl, drop } = await newTenant(serverUrl, 1, seed)
  try {
    rest.say(`filling Keycloak with ${rest.users} users`)
    await onServer(databaseUrl, (client) => populateKeycloak(client, { users: rest.users, seed }))
    const muster = await startMuster(databaseUrl, {
      MUSTER_SOURCE_KEYCLOAK_URL: databaseUrl,
      MUSTER_SOURCE_KEYCLOAK_PRESET: 'keycloak',
      MUSTER_SOURCE_KEYCLOAK_REALM: REALM,
    })
    try {
      return await measured({ ...rest, databaseUrl, muster })
    } finally {
      await muster.stop()
    }
  } finally {
    await drop()
  }
}

async function measured(bench: Bench): Promise<KeycloakResult> {
  const { muster, users, folder, databaseUrl, cores, pairs } = bench
  const { columns, select } = await selectOf(databaseUrl)
  const requestOf = await requestsOf(muster)
  const request = requestOf('json', columns)
  const line = { databaseUrl, copy: ndjsonCopy(select), compressor: 'gzip', cores } as const
  const [ours, theirs] = [join(folder, 'muster.keycloak.gz'), join(folder, 'gzip.keycloak.gz')]
  await muster.job('jobs/users-exports', { ...request, limit: 10 })
  await later(2000)
  const idle = memoryMiB(muster.pid).now
  forgetPeak(muster.pid)
  const runs: { muster: number; gzip: number; database: number }[] = []
  for (let round = 0; round <= pairs; round++) {
    const before = cpuSeconds(muster.pid, bench.postmasterPid)
    const { seconds, job } = await muster.job('jobs/users-exports', request)
    const { database } = cpuBetween(before, cpuSeconds(muster.pid, bench.postmasterPid))
    const gzip = await typeTheLine(line, theirs)
    if (round === 0) await muster.download(job, ours)
    else runs.push({ muster: seconds, gzip, database })
    bench.say(
      `keycloak ${round === 0 ? 'warm-up' : `round ${round} of ${pairs}`}: ${seconds} s, gzip ${gzip} s`,
    )
  }
  const { peak } = memoryMiB(muster.pid)
  const costs: [Cost, number][] = []
  for (const [cost, asked] of Object.entries(COSTS) as [Cost, object][]) {
    const { seconds } = await muster.job('jobs/users-exports', { ...requestOf('csv', FEW_FIELDS), ...asked })
    costs.push([cost, rounded(seconds, 1)])
  }
  const all = <Name extends keyof (typeof runs)[number]>(name: Name): number[] => runs.map((run) => run[name])
  return {
    users,
    musterSeconds: rounded(median(all('muster'))),
    gzipSeconds: rounded(median(all('gzip'))),
    ratio: rounded(pairedRatio(all('muster'), all('gzip'))),
    isEqual: await isSameJson(ours, theirs),
    usersPerSecond: Math.round(users / median(all('muster'))),
    peakAboveIdleMiB: rounded(peak - idle, 1),
    databaseSeconds: rounded(median(all('database'))),
    csvSeconds: Object.fromEntries(costs) as KeycloakResult['csvSeconds'],
  }
}

async function requestsOf(muster: Muster) {
  const connections = (await muster.json('connections')) as unknown as { id: string; name: string }[]
  const id = connections.find(({ name }) => name === SOURCE)?.id
  return (format: 'csv' | 'json', names: readonly string[]) => ({
    ...{ format, connection_id: id, fields: names.map((name) => ({ name })) },
  })
}

/** The SELECT of the preset, in the order of the file, and the attributes that it gives. */
async function selectOf(
  url: string,
): Promise<{ readonly columns: readonly string[]; readonly select: string }> {
  const database = openDatabase({ url, connectionsMax: 1 })
  try {
    const { users } = await findUsers(database, { preset: 'keycloak', asked: { realm: REALM } }, PRESETS)
    const { from, key } = sourceRelation(users, SOURCE)
    const columns = ['user_id', ...Object.keys(users.columns), 'identities']
    return { columns, select: `select ${columns.join(', ')} from ${from} order by ${key.sql}` }
  } finally {
    await database.stop()
  }
}
