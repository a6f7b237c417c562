import type { Client } from '../client/client.ts'
import type { Place } from './export-place.ts'
import type { ExportOptions } from './export-request.ts'
import type { Progress } from './progress.ts'

export interface Run {
  readonly options: ExportOptions
  readonly client: Client
  readonly progress: Progress
  readonly signal: AbortSignal
  readonly place: Place
}
