import { Failure } from './failure.ts'

/** What is wrong with a request, and where. How a client reads it is for the room that answers the client. */
export interface Refused {
  readonly problem: string
  /** `fields[0].name`; absent if the whole value is wrong. */
  readonly property?: string
  /** What the property is. */
  readonly about?: string
  /** What the caller can do: sentences of their own. */
  readonly hint?: string
}

/** Fails a request whose body or query is not sound. */
export class Refusal extends Failure {
  readonly refused: readonly Refused[]

  constructor(
    code: 'body_invalid' | 'query_invalid',
    refused: Refused | readonly Refused[],
    options: { readonly cause?: unknown } = {},
  ) {
    const all: readonly Refused[] = 'problem' in refused ? [refused] : refused
    super(
      code,
      all.map(({ problem, property = 'the whole' }) => `${property}: ${problem}`).join('; '),
      options,
    )
    this.refused = all
  }
}
