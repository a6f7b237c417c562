import type { Client } from '../client/client.ts'
import type { RunFolder } from './run-folder.ts'
import type { RunOrder } from './run-order.ts'
import type { RunState } from './run-state.ts'

export interface Sending {
  readonly client: Client
  readonly folder: Pick<RunFolder, 'note'>
  readonly order: RunOrder
  readonly state: RunState
  /** Called for each user of whom attributes were left out, because only the server sets them. */
  readonly onLeftOut: (names: readonly string[]) => void
  readonly onProgress: (progress: ImportProgress) => void
  readonly signal: AbortSignal
}

export interface ImportProgress {
  readonly file: number
  readonly users: number
  /** How much of the file is done, from 0 to 1, if the server says so. */
  readonly share?: number | undefined
}

// An import waits until others have ended, and an import of Auth0 may take two hours.
export const BUSY_SECONDS = 24 * 3600
