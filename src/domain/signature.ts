import { createHmac, timingSafeEqual } from 'node:crypto'

/**
 * Proof that the holder of the secret wrote these parts, in this order: HMAC-SHA-256 as base64url. The first part
 * says what the signature is for, so that one made for a purpose is good for no other.
 */
export function signatureOf(parts: readonly [purpose: string, ...string[]], secret: Uint8Array): string {
  return createHmac('sha256', secret).update(JSON.stringify(parts)).digest('base64url')
}

/** Whether two signatures are the same, in a time that tells nothing of where they differ. */
export function isSameSignature(given: string, expected: string): boolean {
  // As text: base64 has several spellings of the same bytes, and only ours is good.
  const [one, other] = [Buffer.from(given), Buffer.from(expected)]
  return one.length === other.length && timingSafeEqual(one, other)
}
