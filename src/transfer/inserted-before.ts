import { Failure } from '../domain/failure.ts'
import { isJsonObject, type Json } from '../domain/json.ts'
import type { Sending } from './sending.ts'
import type { Outcome, RefusedUser } from './tally.ts'

export interface FirstRequest {
  readonly connection: string
  /** When the first request was sent, by the server's clock. */
  readonly at: string
}

const KNOWN: ReadonlySet<string> = new Set(['DUPLICATED_USER', 'CONFLICT', 'CONFLICT_EMAIL'])

/** For a slice that was sent again: a refused user who was created after the first request was inserted by it. */
export async function insertedBefore(
  outcome: Outcome,
  first: FirstRequest,
  sending: Sending,
): Promise<Outcome> {
  const refused: RefusedUser[] = []
  for (const one of outcome.refused) {
    const isKnown = one.errors.some(({ code }) => KNOWN.has(code))
    if (!(isKnown && (await wasInserted(one.user, first, sending)))) refused.push(one)
  }
  const moved = outcome.refused.length - refused.length
  const { counts } = outcome
  return {
    ...outcome,
    counts: { ...counts, inserted: counts.inserted + moved, failed: counts.failed - moved },
    refused,
  }
}

interface Found {
  readonly created_at?: string
  readonly identities?: readonly { readonly connection?: string }[]
}

async function wasInserted(
  user: Json,
  { connection, at }: FirstRequest,
  { client, signal }: Sending,
): Promise<boolean> {
  const email = isJsonObject(user) ? user['email'] : undefined
  if (typeof email !== 'string') return false
  const found = await client
    .json<readonly Found[]>({ path: 'users-by-email', query: { email: email.toLowerCase() }, signal })
    .catch(withoutScope)
  return found.some(
    ({ created_at = '', identities = [] }) =>
      created_at >= at && identities.some((identity) => identity.connection === connection),
  )
}

// A client without read:users can import, but not look here. The user then stays among the refused ones.
function withoutScope(error: unknown): readonly Found[] {
  if (error instanceof Failure && error.members['status'] === 403) return []
  throw error
}
