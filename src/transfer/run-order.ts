import assert from 'node:assert/strict'
import type { TargetKind } from '../client/target.ts'
import type { CsvReading, Upsert } from '../domain/import-request.ts'
import type { UsersFile } from './users-file.ts'

/** Each file has its own connection, because a copy imports several connections in one run. */
export interface OrderedFile extends UsersFile {
  readonly connectionId: string
  readonly connection: string
}

/** What a run does. It is written before the first request, and holds no credentials. */
export interface RunOrder {
  readonly version: 1
  readonly kind: TargetKind
  /** The options that name the server and the client, without secrets. */
  readonly server: Readonly<Record<string, string>>
  readonly files: readonly OrderedFile[]
  readonly upsert: Upsert
  readonly preserve: boolean
  readonly dryRun: boolean
  readonly csv?: CsvReading
  /** The absolute path of the file for refused entries: a later process may have another working folder. */
  readonly rejects?: string
}

export function fileOf({ files }: RunOrder, number: number): OrderedFile {
  const file = files[number]
  assert(file !== undefined, `a run has no file ${number}`)
  return file
}
