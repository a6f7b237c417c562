import { quietAwsSdk } from '../config.ts'
import type { Clock } from '../domain/clock.ts'
import type { ObjectsPlace, S3Place } from '../domain/objects-place.ts'
import { LINK_LIFETIME_SECONDS, type MintLink } from '../download/link.ts'
import { type OnExported, pgJobStore } from '../jobs/pg-job-store.ts'
import { diskObjectStore, openDiskObjectStore } from '../objects/disk-object-store.ts'
import type { ObjectStore } from '../objects/object-store.ts'
import { pgReceiptStore } from '../receipts/pg-receipt-store.ts'
import { pgChangeLog } from '../relations/pg-change-log.ts'
import { pgClientGrantStore } from '../tokens/pg-client-grant-store.ts'
import { pgClientStore } from '../tokens/pg-client-store.ts'
import { pgSecretStore } from '../tokens/pg-secret-store.ts'
import { pgConnectionStore } from '../users/pg-connection-store.ts'
import { pgUserFinder } from '../users/pg-user-search.ts'
import { pgUserStore } from '../users/pg-user-store.ts'
import type { JobEngine } from './engine.ts'

export type Stores = ReturnType<typeof storesOf>

/** Only a worker completes jobs, so only a worker gives `onExported`. */
export function storesOf(
  { database, ledger }: Pick<JobEngine, 'database' | 'ledger'>,
  objects: ObjectStore,
  onExported?: OnExported,
) {
  return {
    jobs: pgJobStore(ledger, onExported),
    receipts: pgReceiptStore(database),
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

/** Opens the store. Only once in a process: in a folder it removes the unfinished files of a killed process. */
export async function openObjects(place: ObjectsPlace): Promise<ObjectStore> {
  return place.kind === 'folder' ? openDiskObjectStore(place.folder) : s3Objects(place)
}

/** The same store for another thread. It removes nothing, since the other thread may be writing. */
export async function objectsOf(place: ObjectsPlace): Promise<ObjectStore> {
  return place.kind === 'folder' ? diskObjectStore(place.folder) : s3Objects(place)
}

// Loading the SDK takes 0.1 s and 20 MB, which only a bucket is worth.
async function s3Objects(place: S3Place): Promise<ObjectStore> {
  quietAwsSdk()
  const { s3ObjectStore } = await import('../objects/s3-object-store.ts')
  return s3ObjectStore(place)
}

/** Links that lead to the bucket itself. */
export async function s3LinksTo(place: S3Place, clock: Clock): Promise<MintLink> {
  quietAwsSdk()
  const { s3Links } = await import('../objects/s3-link.ts')
  return s3Links(place, { clock, lifetimeSeconds: LINK_LIFETIME_SECONDS })
}
