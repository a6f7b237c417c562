import { join } from 'node:path'
import { pgJobStore } from '../jobs/pg-job-store.ts'
import { diskObjectStore, openDiskObjectStore } from '../objects/disk-object-store.ts'
import type { ObjectStore } from '../objects/object-store.ts'
import { pgChangeLog } from '../relations/pg-change-log.ts'
import { pgClientGrantStore } from '../tokens/pg-client-grant-store.ts'
import { pgClientStore } from '../tokens/pg-client-store.ts'
import { pgSecretStore } from '../tokens/pg-secret-store.ts'
import { pgConnectionStore } from '../users/pg-connection-store.ts'
import { pgUserFinder } from '../users/pg-user-search.ts'
import { pgUserStore } from '../users/pg-user-store.ts'
import type { JobEngine } from './engine.ts'

export type Stores = ReturnType<typeof storesOf>

export function storesOf({ database, ledger }: Pick<JobEngine, 'database' | 'ledger'>, objects: ObjectStore) {
  return {
    jobs: pgJobStore(ledger),
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

/** Opens the store. Only once in a process: it removes the unfinished files of a killed process. */
export function openObjects(dataDir: string): Promise<ObjectStore> {
  return openDiskObjectStore(folderIn(dataDir))
}

/** The same store for another thread. It removes nothing, since the other thread may be writing. */
export function objectsOf(dataDir: string): ObjectStore {
  return diskObjectStore(folderIn(dataDir))
}

function folderIn(dataDir: string): string {
  return join(dataDir, 'objects')
}
