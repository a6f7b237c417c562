import type { Muster } from './muster.ts'

/** What a measurement stands on. */
export interface Bench {
  /** Of the database that holds `users` users and that Muster uses. */
  readonly databaseUrl: string
  /** Of a server on this machine; without it the database's CPU seconds are unknown. */
  readonly postmasterPid: number | undefined
  readonly muster: Muster
  readonly users: number
  readonly pairs: number
  readonly cores: number
  /** For files that are thrown away. */
  readonly folder: string
  /** Tells whoever watches how far it is. */
  say(line: string): void
}
