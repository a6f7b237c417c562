import type { Config } from '../config.ts'
import type { Place } from '../place.ts'

/** Only plain data, because it may be sent to a thread. */
export interface WorkOrder {
  readonly config: WorkConfig
  readonly place: Pick<Place, 'tenant' | 'publicUrl'>
  readonly verificationSecret: Uint8Array
  /** Only metrics show the load of the thread, so it is measured only if they are on. */
  readonly isSeen: boolean
}

export type WorkConfig = ReturnType<typeof workConfigOf>

/** Only what jobs need, so that no secret of clients and no certificate leaves the HTTP thread. */
export function workOrderOf(config: Config, place: Place, verificationSecret: Uint8Array): WorkOrder {
  const { tenant, publicUrl } = place
  const isSeen = config.metrics !== undefined
  return { config: workConfigOf(config), place: { tenant, publicUrl }, verificationSecret, isSeen }
}

function workConfigOf(config: Config) {
  const { objects, concurrency, exportConnections, limits, changesKeptDays, databaseReadUrls, sources } =
    config
  const { compressor, gzipLevel, defaultFields, mail } = config
  return {
    objects,
    concurrency,
    exportConnections,
    limits,
    changesKeptDays,
    databaseReadUrls,
    sources,
    compressor,
    gzipLevel,
    defaultFields,
    mail,
  }
}
