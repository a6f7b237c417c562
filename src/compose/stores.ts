import { quietAwsSdk } from '../config.ts'
import type { Clock } from '../domain/clock.ts'
import type { ObjectsPlace, S3Place } from '../domain/objects-place.ts'
import { LINK_LIFETIME_SECONDS, type MintLink } from '../download/link.ts'
import { type OnExported, pgJobStore } from '../jobs/pg-job-store.ts'
import { diskObjectStore, openDiskObjectStore } from '../objects/disk-object-store.ts'
import type { ObjectStore } from '../objects/object-store.ts'
import { pgReceiptStore } from '../receipts/pg-receipt-store.ts'
import { musterUsers } from '../relations/muster-users.ts'
import { pgChangeLog } from '../relations/pg-change-log.ts'
import { pgRowPreview } from '../rows/pg-row-preview.ts'
import { pgSizeGuess } from '../rows/pg-size-guess.ts'
import { pgUserCount } from '../rows/pg-user-count.ts'
import { pgUserSample } from '../rows/pg-user-sample.ts'
import { pgClientGrantStore } from '../tokens/pg-client-grant-store.ts'
import { pgClientStore } from '../tokens/pg-client-store.ts'
import { pgSecretStore } from '../tokens/pg-secret-store.ts'
import { pgConnectionStore } from '../users/pg-connection-store.ts'
import { pgUserFinder } from '../users/pg-user-search.ts'
import { pgUserStats } from '../users/pg-user-stats.ts'
import { pgUserStore } from '../users/pg-user-store.ts'
import type { Engine, JobEngine } from './engine.ts'

export type Stores = ReturnType<typeof storesOf>

/** The server gives no `onExported`, since only a worker completes exports. */
export function storesOf(
  { database, ledger }: Pick<JobEngine, 'database' | 'ledger'>,
  objects: ObjectStore,
  onExported?: OnExported,
) {
  return {
    jobs: pgJobStore(ledger, onExported),
    receipts: pgReceiptStore(database),
    sizes: pgSizeGuess(database, musterUsers),
    objects,
    changes: pgChangeLog(database),
    users: pgUserStore(database),
    finder: pgUserFinder(database),
    connections: pgConnectionStore(database),
    secrets: pgSecretStore(database),
    clients: pgClientStore(database),
    clientGrants: pgClientGrantStore(database),
  }
}

export type Reads = ReturnType<typeof readsOf>

/** Only for a server: what a client waits for, in place of a job. */
export function readsOf({ briefly }: Pick<Engine, 'briefly'>) {
  return {
    counts: pgUserCount(briefly, musterUsers),
    previews: pgRowPreview(briefly, musterUsers),
    samples: pgUserSample(briefly, musterUsers),
    stats: pgUserStats(briefly, musterUsers),
  }
}

/**
 * Only once in a process: a folder's unfinished files are removed as those of a killed process, so a second call would
 * remove files that are being written.
 */
export async function openObjects(place: ObjectsPlace): Promise<ObjectStore> {
  return place.kind === 'folder' ? openDiskObjectStore(place.folder) : s3Objects(place)
}

/** For a worker, in any thread. No unfinished file is removed, because this process may be writing it. */
export async function objectsOf(place: ObjectsPlace): Promise<ObjectStore> {
  return place.kind === 'folder' ? diskObjectStore(place.folder) : s3Objects(place)
}

// Loading the SDK takes 0.1 s and 20 MB, so a start without a bucket skips it.
async function s3Objects(place: S3Place): Promise<ObjectStore> {
  quietAwsSdk()
  const { s3ObjectStore } = await import('../objects/s3-object-store.ts')
  return s3ObjectStore(place)
}

/** Without these links each download would take bandwidth of Muster. */
export async function s3LinksTo(place: S3Place, clock: Clock): Promise<MintLink> {
  quietAwsSdk()
  const { s3Links } = await import('../objects/s3-link.ts')
  return s3Links(place, { clock, lifetimeSeconds: LINK_LIFETIME_SECONDS })
}
