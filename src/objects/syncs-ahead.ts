import type { FileHandle } from 'node:fs/promises'

/** After this many bytes a sync starts, so that the last one, for which the job waits, is short. */
export const UNSYNCED_BYTES = 8 * 1024 * 1024

/** One sync runs at a time. `ended` waits for it, and fails if a sync has failed. */
export function syncsAhead(file: FileHandle): { wrote(bytes: number): void; ended(): Promise<void> } {
  let unsynced = 0
  let syncing: Promise<void> | undefined
  return {
    wrote: (bytes) => {
      unsynced += bytes
      if (unsynced < UNSYNCED_BYTES || syncing !== undefined) return
      unsynced = 0
      syncing = file.datasync().then(() => {
        syncing = undefined
      })
      // `ended` reports the error. Unhandled, it would end the process before.
      syncing.catch(() => undefined)
    },
    ended: async () => syncing,
  }
}
