import { at } from '../api/place.ts'
import { problemOf, unreachable } from '../api/problem.ts'

/** docs/receipts.md has the meaning of each. */
export interface ReceiptClaims {
  readonly iss: string
  readonly iat: number
  readonly job_id: string
  readonly tenant: string
  readonly position: number
  readonly previous: string | null
  readonly request: { readonly format: 'csv' | 'json'; readonly [member: string]: unknown }
  readonly columns: readonly string[]
  readonly users: number
  readonly counted: number
  readonly snapshot: string
  readonly bytes: number
  readonly unpacked_bytes: number
  readonly sha256: string
  readonly version: string
}

export interface ReadReceipt {
  readonly claims: ReceiptClaims
  readonly kid: string
  readonly signed: Uint8Array<ArrayBuffer>
  readonly signature: Uint8Array<ArrayBuffer>
}

const TYPE = 'muster-receipt+jwt'

/** Checks no signature. Undefined if the text is no receipt. */
export function readReceipt(text: string): ReadReceipt | undefined {
  const [head = '', body = '', signature = '', ...rest] = text.trim().split('.')
  try {
    const { typ, alg, kid, crit } = JSON.parse(textIn(head)) as Record<string, unknown>
    const claims = JSON.parse(textIn(body)) as ReceiptClaims
    const isReceipt = typ === TYPE && alg === 'RS256' && crit === undefined && rest.length === 0
    if (!isReceipt || typeof kid !== 'string' || typeof claims.sha256 !== 'string') return undefined
    return {
      claims,
      kid,
      signed: new TextEncoder().encode(`${head}.${body}`),
      signature: bytesIn(signature),
    }
  } catch {
    return undefined
  }
}

const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }

/** Whether a key that the server publishes has signed the receipt. Needs a secure context. */
export async function isSignedByServer({ kid, signed, signature }: ReadReceipt): Promise<boolean> {
  const key = (await publishedKeys()).find((found) => found.kid === kid && found.kty === 'RSA')
  if (key?.n === undefined || key.e === undefined) return false
  const imported = await crypto.subtle.importKey('jwk', { kty: 'RSA', n: key.n, e: key.e }, RSA, false, [
    'verify',
  ])
  return crypto.subtle.verify(RSA, imported, signature, signed)
}

export function keysUrl(): string {
  return at('/.well-known/jwks.json')
}

interface PublishedKey {
  readonly kid?: string
  readonly kty?: string
  readonly n?: string
  readonly e?: string
}

async function publishedKeys(): Promise<readonly PublishedKey[]> {
  const response = await fetch(keysUrl(), { credentials: 'omit' }).catch((error: unknown) => {
    throw unreachable(error)
  })
  const answer: unknown = await response.json().catch(() => undefined)
  if (!response.ok) throw problemOf(response, answer)
  return (answer as { readonly keys: readonly PublishedKey[] }).keys
}

function bytesIn(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(plain, (character) => character.charCodeAt(0))
}

function textIn(text: string): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytesIn(text))
}
