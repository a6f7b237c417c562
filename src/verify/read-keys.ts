import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Failure } from '../domain/failure.ts'
import { isJsonObject, type Json } from '../domain/json.ts'
import { glanceAtJson } from '../domain/read-json.ts'

/** By `kid`, since a receipt names its key so. */
export type Keys = ReadonlyMap<string, KeyObject>

const FETCH_SECONDS = 10
const KEYS_BYTES_MAX = 1024 * 1024

/** `place` is a file, or an http or https URL of a JWKS (RFC 7517). Fails with `verify_unreadable`. */
export async function readKeys(place: string): Promise<Keys> {
  try {
    return keysIn(glanceAtJson(await textAt(place)))
  } catch (cause) {
    if (cause instanceof Failure) throw cause
    throw unreadable(place, cause)
  }
}

async function textAt(place: string): Promise<string> {
  const [scheme] = /^[a-z][a-z0-9+.-]*:\/\//i.exec(place) ?? []
  if (scheme === undefined) return readFile(place, 'utf8')
  if (!/^https?:\/\/$/i.test(scheme))
    throw new Failure(
      'verify_unreadable',
      `--jwks expected a file, or a URL with http or https; came: ${place}`,
    )
  // No redirect: only the host that the caller names is asked.
  const response = await fetch(place, {
    redirect: 'error',
    signal: AbortSignal.timeout(FETCH_SECONDS * 1000),
  })
  if (!response.ok) throw unreadable(place, undefined, `the status is ${response.status}`)
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    if (bytes > KEYS_BYTES_MAX) throw unreadable(place, undefined, `it has over ${KEYS_BYTES_MAX} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** Keys that are not RSA, or have no `kid`, are left out: no receipt is signed with one. */
export function keysIn(jwks: Json): Keys {
  const keys = isJsonObject(jwks) && Array.isArray(jwks['keys']) ? jwks['keys'] : []
  const readable = keys.flatMap((key) => {
    if (!isJsonObject(key) || key['kty'] !== 'RSA' || typeof key['kid'] !== 'string') return []
    return [[key['kid'], createPublicKey({ key: key as JsonWebKey, format: 'jwk' })] as const]
  })
  return new Map(readable)
}

function unreadable(place: string, cause: unknown, why = String(cause)): Failure {
  return new Failure('verify_unreadable', `The keys at ${place} cannot be read: ${why}`, { cause })
}
