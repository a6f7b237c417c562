import type { JsonObject } from '../domain/json.ts'

/**
 * What `muster source check` says of a source. With `--json` it is printed as it is, so the names of its members are
 * public. A part is absent if a problem kept the command from looking, or if there are no users.
 */
export interface SourceReport {
  readonly source: string
  readonly state: 'reachable' | 'unavailable' | 'unusable'
  /** Each one keeps exports from working. */
  readonly problems: readonly string[]
  readonly server?: ServerReport
  readonly tables?: TablesReport
  readonly privileges?: PrivilegesReport
  readonly users?: UsersReport
  readonly indexes?: readonly HelpfulIndex[]
  /** Null if not even a few users can be read in time. */
  readonly cost?: CostReport | null
  /** Masked. */
  readonly sample?: readonly JsonObject[]
}

export interface ServerReport {
  readonly version: string
  readonly database: string
  readonly role: string
  readonly is_read_only: boolean
  /** Until the first answer, with the connection. */
  readonly milliseconds: number
  /** Null on a primary. */
  readonly standby: StandbyReport | null
}

export interface StandbyReport {
  /** Since it has replayed a change. Null if it has replayed none. A primary without changes makes it grow too. */
  readonly replayed_seconds_ago: number | null
  /** If a snapshot stands in the way of replay for longer, PostgreSQL cancels it. Null if it waits, or if the primary keeps the rows. */
  readonly cancels_after_seconds: number | null
}

export interface TablesReport {
  /** Its name, or `query`. */
  readonly preset: string
  /** Of the preset. */
  readonly product?: string
  readonly tried_on?: string
  /** What the product itself wrote down. Null if the role may not read it, or the preset knows no such place. */
  readonly version: string | null
  /** The realm, tenant, … as the operator may write it. */
  readonly asked: Readonly<Record<string, string>>
}

/** Names are quoted where SQL needs it. */
export interface PrivilegesReport {
  readonly missing: readonly TableColumns[]
  /** Row-level security would hide rows of these tables, so PostgreSQL refuses to read them. */
  readonly row_security: readonly string[]
  /** The role may change at least one of the tables. */
  readonly may_write: boolean
  /** Statements that give the role what it lacks. */
  readonly grants: readonly string[]
  /** Statements that make a role which may read what is needed, and nothing else. */
  readonly minimal_role: readonly string[]
}

export interface TableColumns {
  readonly table: string
  /** Empty means the whole table. */
  readonly columns: readonly string[]
}

export interface UsersReport {
  readonly exported: number
  readonly is_estimate: boolean
  readonly left_out: readonly LeftOutReport[]
}

export interface LeftOutReport {
  readonly what: string
  readonly why: string
  /** Null if counting took too long. */
  readonly count: number | null
}

export interface HelpfulIndex {
  readonly table: string
  /** For the owner of the database. */
  readonly statement: string
  /** What becomes faster, as sentences. */
  readonly helps: readonly string[]
}

/** Of an export of all users as NDJSON with all attributes, by a sample: an estimate. */
export interface CostReport {
  readonly users: number
  readonly bytes: number
  readonly gzipped_bytes: number
  /** With one database connection. */
  readonly seconds: number
  readonly sample_users: number
  readonly sample_seconds: number
  /** What the tables with the users take in the database, without indexes. */
  readonly table_bytes: number
}
