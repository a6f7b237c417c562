import type { Failure } from '../domain/failure.ts'
import { Refusal, type Refused } from '../domain/refusal.ts'

const PLACES: Readonly<Record<string, string>> = {
  body_invalid: 'Payload validation error',
  query_invalid: 'Query validation error',
}

/** A Refusal becomes a sentence in the form of Auth0's validation errors, as clients of Auth0 expect it. */
export function messageOf(failure: Failure): string {
  if (!(failure instanceof Refusal)) return failure.message
  return failure.refused.map((refused) => `${PLACES[failure.code]}: ${sentenceOf(refused)}`).join(' (also) ')
}

function sentenceOf({ problem, property, about, hint }: Refused): string {
  const where = property === undefined ? '' : ` on property ${property}`
  const what = about === undefined ? '' : ` (${about})`
  return `'${problem}'${where}${what}.${hint === undefined ? '' : ` ${hint}`}`
}
