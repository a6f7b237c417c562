import type { FileHandle } from 'node:fs/promises'

/** What the disk may have before it at the end, when nothing else is left to do. */
export const UNSYNCED_BYTES = 8 * 1024 * 1024

/** Has the disk write while the file is made, one sync at a time. `ended` fails as any of them did. */
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
      // Told at the end.
      syncing.catch(() => undefined)
    },
    ended: async () => syncing,
  }
}
