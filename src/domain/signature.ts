import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * HMAC-SHA-256 as base64url. The first part names the purpose, so that a signature for one purpose is worthless for any
 * other.
 */
export function signatureOf(parts: readonly [purpose: string, ...string[]], secret: Uint8Array): string {
  return createHmac('sha256', secret).update(JSON.stringify(parts)).digest('base64url')
}

/** Compares in constant time, so that the time does not show how many characters of a guess are right. */
export function isSameSignature(given: string, expected: string): boolean {
  // Texts, not bytes: base64url can spell the same bytes in several ways, and only one link is valid.
  const [one, other] = [Buffer.from(given), Buffer.from(expected)]
  return one.length === other.length && timingSafeEqual(one, other)
}
