import { Failure } from './failure.ts'
import { findUnstorable } from './json.ts'

/** http/refusal-sentence.ts makes the sentence for the client of these parts, so that its form is in one place. */
export interface Refused {
  readonly problem: string
  readonly property?: string
  /** The property's description in the schema. The sentence ends with it, as Auth0's does. */
  readonly about?: string
  readonly hint?: string
}

type RefusalCode = 'body_invalid' | 'query_invalid'

export class Refusal extends Failure {
  readonly refused: readonly Refused[]

  constructor(
    code: RefusalCode,
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

export function invalidBody(problem: string, property: string): Refusal {
  return new Refusal('body_invalid', { problem, property })
}

export function invalidQuery(problem: string, property: string): Refusal {
  return new Refusal('query_invalid', { problem, property })
}

/** Fails with `code` for a value that PostgreSQL cannot store. */
export function refuseUnstorable(value: unknown, code: RefusalCode): void {
  const unstorable = findUnstorable(value)
  if (unstorable === undefined) return
  const problem = `This cannot be stored: ${unstorable.reason}`
  throw new Refusal(code, { problem, property: unstorable.path })
}
