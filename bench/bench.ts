import type { Muster } from './muster.ts'

/** What every measurement needs. */
export interface Bench {
  /** Of the database that holds `users` users and that Muster uses. */
  readonly databaseUrl: string
  /** Of a server on this machine; without it the database's CPU seconds are unknown. */
  readonly postmasterPid: number | undefined
  readonly muster: Muster
  readonly users: number
  readonly pairs: number
  readonly cores: number
  /** The folder for temporary files. */
  readonly folder: string
  /** Prints the progress. */
  say(line: string): void
}
