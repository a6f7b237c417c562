import { missingForS3, type S3Server, startS3Server } from '../test/fixtures/s3-server.ts'
import { median, pairedRatio, rounded } from './figures.ts'
import { type Muster, startMuster } from './muster.ts'
import { CSV_FIELDS } from './rivals.ts'
import { newTenant } from './tenant.ts'

export interface S3Result {
  readonly users: number
  readonly diskSeconds: number
  readonly s3Seconds: number
  readonly ratio: number
}

interface S3Bench {
  readonly serverUrl: string
  readonly users: number
  readonly pairs: number
  readonly seed: number
  say(line: string): void
}

/**
 * Compares the CSV export to a bucket with the same export to the disk, in turns. The store runs on the same cores, in
 * memory. The first round only warms up. Undefined if there is no store.
 */
export async function s3(bench: S3Bench): Promise<S3Result | undefined> {
  const missing = missingForS3()
  if (missing !== undefined) {
    const line = '!'.repeat(78)
    bench.say(`${line}\nEXPORTS TO S3 ARE NOT MEASURED: ${missing}\n${line}`)
    return undefined
  }
  const store = await startS3Server()
  try {
    return await inTurns(bench, store)
  } finally {
    await store.stop()
  }
}

async function inTurns(bench: S3Bench, store: S3Server): Promise<S3Result> {
  const { serverUrl, users, pairs, seed, say } = bench
  // A database has one place for files, so each place has a database with the same users.
  const onDisk = await onTenant({ serverUrl, users, seed }, {})
  const onS3 = await onTenant({ serverUrl, users, seed }, environmentOf(store))
  const seconds = { disk: [] as number[], s3: [] as number[] }
  try {
    for (let round = 0; round <= pairs; round++) {
      const taken = { disk: await exportBy(onDisk.muster), s3: await exportBy(onS3.muster) }
      if (round > 0) {
        seconds.disk.push(taken.disk)
        seconds.s3.push(taken.s3)
      }
      say(`s3 ${round === 0 ? 'warm-up' : `round ${round} of ${pairs}`}: ${taken.s3} s, disk ${taken.disk} s`)
    }
  } finally {
    await onS3.stop()
    await onDisk.stop()
  }
  return {
    users,
    diskSeconds: rounded(median(seconds.disk)),
    s3Seconds: rounded(median(seconds.s3)),
    ratio: rounded(pairedRatio(seconds.s3, seconds.disk)),
  }
}

async function exportBy(muster: Muster): Promise<number> {
  const { seconds } = await muster.job('jobs/users-exports', { format: 'csv', fields: CSV_FIELDS })
  return seconds
}

function environmentOf(store: S3Server): Record<string, string> {
  return {
    MUSTER_OBJECTS: `s3://${store.bucket}/bench`,
    MUSTER_S3_ENDPOINT: store.endpoint,
    AWS_ACCESS_KEY_ID: store.accessKeyId,
    AWS_SECRET_ACCESS_KEY: store.secretAccessKey,
  }
}

async function onTenant(
  { serverUrl, users, seed }: Pick<S3Bench, 'serverUrl' | 'users' | 'seed'>,
  environment: Readonly<Record<string, string>>,
): Promise<{ muster: Muster; stop: () => Promise<void> }> {
  const tenant = await newTenant(serverUrl, users, seed)
  const muster = await startMuster(tenant.databaseUrl, environment).catch(async (error: unknown) => {
    await tenant.drop()
    throw error
  })
  return {
    muster,
    stop: async () => {
      await muster.stop()
      await tenant.drop()
    },
  }
}
