import { addSeconds } from '../domain/clock.ts'
import { Failure } from '../domain/failure.ts'
import { isJsonObject } from '../domain/json.ts'
import { glanceAtJson } from '../domain/read-json.ts'
import { refusalOf, textOf } from './refusal.ts'
import type { Pace } from './retry.ts'
import type { Target } from './target.ts'
import type { Transport } from './transport.ts'

/** Keeps the last token, so that not every request asks for one. */
export interface Tokens {
  token(signal?: AbortSignal): Promise<string>
  /** Called after a 401. False if there is no other token to get. */
  forget(): boolean
}

// Auth0's SDK for Node asks for a new token so long before the old one ends.
const EARLY_SECONDS = 10

export function newTokens(target: Target, transport: Transport, { clock }: Pace): Tokens {
  const { credentials } = target
  if (credentials.kind === 'token') return { token: async () => credentials.token, forget: () => false }
  let kept: { readonly token: Promise<string>; until: Date } | undefined
  const ask = async (signal?: AbortSignal): Promise<string> => {
    const { token, seconds } = await askForToken(target, credentials, transport, signal)
    if (kept !== undefined) kept.until = addSeconds(clock.now(), seconds - EARLY_SECONDS)
    return token
  }
  return {
    token: (signal) => {
      if (kept !== undefined && clock.now() < kept.until) return kept.token
      // Kept at once, so that requests at the same time ask for one token.
      const token = ask(signal)
      kept = { token, until: addSeconds(clock.now(), EARLY_SECONDS) }
      token.catch(() => {
        kept = undefined
      })
      return token
    },
    forget: () => {
      kept = undefined
      return true
    },
  }
}

async function askForToken(
  { url, audience }: Target,
  { id, secret }: { readonly id: string; readonly secret: string },
  transport: Transport,
  signal: AbortSignal | undefined,
): Promise<{ token: string; seconds: number }> {
  const answer = await transport.send({
    method: 'POST',
    url: `${url}/oauth/token`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      grant_type: 'client_credentials',
      client_id: id,
      client_secret: secret,
      audience,
    }),
    ...(signal === undefined ? {} : { signal }),
  })
  if (answer.status !== 200) throw await refusalOf(answer, 'POST /oauth/token', url)
  const { access_token: token, expires_in: seconds } = membersOf(await textOf(answer))
  if (typeof token === 'string') return { token, seconds: Number(seconds ?? 3600) }
  throw new Failure(
    'server_unexpected',
    `POST /oauth/token: ${url} answered without an access_token. Look at --url or --domain.`,
  )
}

function membersOf(text: string): { readonly access_token?: unknown; readonly expires_in?: unknown } {
  try {
    const body = glanceAtJson(text)
    return isJsonObject(body) ? body : {}
  } catch {
    return {}
  }
}
