/** A part of time. Timestamps are written as a profile shows them, and `before` does not belong to it. */
export interface Span {
  readonly from: string
  readonly before: string
}

export interface Events {
  readonly count: number
  /** Timestamps of the first and the last event; absent if there was none. */
  readonly first?: string
  readonly last?: string
}

export type EventName = 'created_at' | 'last_login'

export interface UserStats {
  /**
   * How many users have such a timestamp within each span, in the order of the spans. Fails with `reading_too_slow` after
   * two seconds.
   */
  count<Name extends EventName>(
    names: readonly Name[],
    spans: readonly Span[],
  ): Promise<Readonly<Record<Name, readonly Events[]>>>
}
