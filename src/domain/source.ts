/** What one database of a product may hold several of. The operator names one. */
export const ASK_NAMES = ['realm', 'tenant', 'instance', 'network', 'app', 'organization'] as const

export type AskName = (typeof ASK_NAMES)[number]

/** What the operator says of the tables of a product. */
export interface TablesWish {
  /** The name of a preset, or `detect`. */
  readonly preset: string
  /** Absent: the preset's own. */
  readonly schema?: string
  readonly asked: Readonly<Partial<Record<AskName, string>>>
}

/** The operator's own SELECT. */
export interface QueryWish {
  readonly queryFile: string
  /** The name of the column that identifies a user. */
  readonly key: string
}

export interface SourceSettings {
  /** Also the name of its connection. */
  readonly name: string
  /** It may hold a password, so it is in no message and no log line. */
  readonly url: string
  readonly tables: TablesWish | QueryWish
}
