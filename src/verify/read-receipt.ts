import { EXPORT_FORMATS } from '../domain/export-request.ts'
import { isJsonObject, type JsonObject } from '../domain/json.ts'
import { glanceAtJson } from '../domain/read-json.ts'
import { RECEIPT_TYPE, type ReceiptClaims } from '../receipts/receipt-claims.ts'

export interface ReadReceipt {
  readonly kid: string
  readonly claims: ReceiptClaims
  readonly signed: Uint8Array
  readonly signature: Uint8Array
}

/** Checks no signature, so nothing is trusted yet. Blanks around the text are ignored: editors add a line end. */
export function readReceipt(text: string): ReadReceipt | { readonly problem: string } {
  const parts = text.trim().split('.')
  const bytes = parts.map((part) => Buffer.from(part, 'base64url'))
  // Base64url can spell the same bytes in several ways. Only one is the text whose SHA-256 the next receipt names.
  const isCanonical = bytes.every((part, index) => part.toString('base64url') === parts[index])
  const [header, payload, signature] = bytes
  if (parts.length !== 3 || !isCanonical || !header || !payload || !signature)
    return { problem: 'it is not a JWS in compact serialization' }
  const { alg, typ, kid, crit } = objectIn(header)
  if (typ !== RECEIPT_TYPE) return { problem: `its typ is not ${RECEIPT_TYPE}` }
  if (alg !== 'RS256' || typeof kid !== 'string' || crit !== undefined)
    return { problem: 'its alg is not RS256, or its kid is missing' }
  const claims = objectIn(payload)
  if (!hasClaims(claims)) return { problem: 'it lacks a claim, or a claim has the wrong type' }
  return { kid, claims, signed: Buffer.from(`${parts[0]}.${parts[1]}`), signature }
}

function objectIn(bytes: Buffer): JsonObject {
  try {
    const value = glanceAtJson(bytes.toString())
    return isJsonObject(value) ? value : {}
  } catch {
    return {}
  }
}

const TEXTS = ['iss', 'job_id', 'tenant', 'snapshot', 'sha256', 'version'] as const
const COUNTS = ['iat', 'position', 'users', 'counted', 'bytes', 'unpacked_bytes'] as const

function hasClaims(claims: JsonObject): claims is JsonObject & ReceiptClaims {
  const { request, columns } = claims
  return (
    TEXTS.every((name) => typeof claims[name] === 'string') &&
    COUNTS.every((name) => Number.isSafeInteger(claims[name])) &&
    isJsonObject(request) &&
    EXPORT_FORMATS.some((format) => format === request['format']) &&
    (request['csv'] === undefined || isJsonObject(request['csv'])) &&
    Array.isArray(columns) &&
    columns.every((heading) => typeof heading === 'string')
  )
}
