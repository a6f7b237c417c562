import type { Config } from '../config.ts'
import type { Place } from '../place.ts'

/** What jobs are done for: plain data, which may be handed to a thread. */
export interface WorkOrder {
  readonly config: WorkConfig
  readonly place: Pick<Place, 'tenant' | 'publicUrl'>
  readonly verificationSecret: Uint8Array
}

/** The settings of what runs jobs. */
export type WorkConfig = ReturnType<typeof workConfigOf>

/** What the work needs and nothing else: no secret of clients, keys or certificates leaves the thread of requests. */
export function workOrderOf(config: Config, place: Place, verificationSecret: Uint8Array): WorkOrder {
  const { tenant, publicUrl } = place
  return { config: workConfigOf(config), place: { tenant, publicUrl }, verificationSecret }
}

function workConfigOf(config: Config) {
  const { dataDir, concurrency, exportConnections, limits, changesKeptDays } = config
  const { compressor, gzipLevel, defaultFields, mail } = config
  return {
    dataDir,
    concurrency,
    exportConnections,
    limits,
    changesKeptDays,
    compressor,
    gzipLevel,
    defaultFields,
    mail,
  }
}
