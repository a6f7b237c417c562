import type { Attribute } from '../domain/profile.ts'
import type { AskName } from '../domain/source.ts'
import type { Catalogue } from './catalogue.ts'
import type { Key } from './relation.ts'

/** How the tables of one product become profiles. One file in presets/, and one row in presets.ts. */
export interface Preset {
  /** The value of MUSTER_SOURCE_<NAME>_PRESET: lower case letters, digits and hyphens. */
  readonly name: string
  readonly product: string
  /** The schema in which the product makes its tables by default. */
  readonly schema: string
  /** Versions of the product, and whether the product made the tables or a test did, for docs/sources.md. */
  readonly triedOn: string
  /** What one database may hold several of. Every query must be limited to the one that the operator names. */
  readonly asks: readonly Ask[]
  /** True only for tables of this product: no other preset may recognize them too. */
  recognizes(catalogue: Catalogue): boolean
  /**
   * SQL of one text column `version`: what the product itself wrote down, for `muster source check`. Exports do not need
   * it, so its columns are not under `reads`. Undefined if these tables do not say it.
   */
  version?(look: Pick<Look, 'has' | 'table'>): string | undefined
  /** Chooses among the names that moved between versions by what the catalogue has. Pure: it runs no query. */
  users(look: Look): PresetUsers
}

/** Without a value from the operator, Muster takes the only choice if there is exactly one. */
export interface Ask {
  readonly name: AskName
  /** For docs/sources.md: what it is, and where the product shows it. */
  readonly about: string
  /** True if the operator may leave it out to read the users of all of them. */
  readonly isOptional?: true
  /** SQL of two text columns: `value`, which the tables hold, and `name`, which the operator may write instead. */
  choices(look: Pick<Look, 'has' | 'table'>): string
}

export interface Look {
  /** SQL of a table's name, quoted and with its schema. */
  table(name: string): string
  has(table: string, column?: string): boolean
  /** PostgreSQL's name of the column's type: `integer`, `timestamp with time zone`, … Undefined if there is no such column. */
  type(table: string, column: string): string | undefined
  readonly tables: readonly string[]
  /** In the order of the table. Empty if there is no such table. */
  columns(table: string): readonly string[]
  /** SQL of a quoted text: the value of what the operator named. */
  asked(name: AskName): string
  /** False only if an optional one was left out. */
  isAsked(name: AskName): boolean
}

/** A user, in SQL. The members never name a column with a password, hash, token or secret. */
export interface PresetUsers {
  /**
   * What follows FROM, with the joins. It gives one row per user. What has several rows per user is read by `left join
   * lateral (select … ) as … on true` with an aggregate: PostgreSQL leaves such a join out if no column needs it, and
   * computes it once if several do.
   */
  readonly from: string
  /** Leaves out other tenants and what is no user. At least one condition. */
  readonly where: readonly string[]
  /** A column with a unique index, so that ranges are found by it. Its value never changes. */
  readonly key: Pick<Key, 'sql' | 'type'>
  /** SQL of the text after `auth0|` in the user_id. The key as text if absent. Stable, and unique in the source. */
  readonly id?: string
  /**
   * SQL by attribute. Its type must be text, boolean, bigint or jsonb as `kind` of ATTRIBUTES (domain/profile.ts) says;
   * for `moment` a text made by a function of moment-sql.ts. `extra`: jsonb of root attributes that Auth0 does not have.
   * Null if a user has no value. user_id and identities are made by Muster.
   */
  readonly columns: Readonly<Partial<Record<PresetColumn, string>>>
  /**
   * SQL of a jsonb array of the accounts at other identity providers, or null. They come after the user's own identity:
   * `{ provider, connection, user_id, isSocial }`, all texts but `isSocial`, and `profileData` if there is more.
   */
  readonly linkedIdentities?: string
  /** The product stores these always in lower case, so that a search can use an index of the plain column. */
  readonly lowerCase: readonly ('email' | 'username')[]
  /** Searched without reading all users: an index is on the column, or on lower(column) if not in `lowerCase`. */
  readonly indexed: readonly Attribute[]
  /**
   * A column that every change of the user's own row moves. Absent if there is none: then there is no `since`. The table in
   * docs/sources.md says which changes of other tables it does not show.
   */
  readonly changed?: Changed
  readonly leftOut: readonly LeftOut[]
  /** All columns that the queries read, by table: what a role with the fewest rights may select. */
  readonly reads: Readonly<Record<string, readonly string[]>>
}

export type PresetColumn = Exclude<Attribute, 'user_id' | 'identities'> | 'extra'

export interface Changed {
  readonly sql: string
  /** `timestamp` is without time zone, in UTC. `millis` is a number of milliseconds since 1970. */
  readonly type: 'timestamptz' | 'timestamp' | 'millis'
}

/** Rows of the users' table that are not exported. */
export interface LeftOut {
  /** In the plural: `service accounts`. */
  readonly what: string
  /** For docs/sources.md. */
  readonly why: string
  /** SQL of one bigint. */
  readonly count: string
}
