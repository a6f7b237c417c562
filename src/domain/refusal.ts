import { Failure } from './failure.ts'

/** No sentence: http/refusal-sentence.ts makes the client's, so that its form is in one place. */
export interface Refused {
  readonly problem: string
  readonly property?: string
  /** The property's description in the schema. The sentence ends with it, as Auth0's does. */
  readonly about?: string
  readonly hint?: string
}

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
