import { KeyObject, sign } from 'node:crypto'
import type { SigningKey } from './signing-key.ts'

/**
 * A JWS in compact serialization (RFC 7515), with RS256. `type` says what the claims are, or a receipt could pass for a
 * token. Synchronous, because it takes 1 ms and libuv's thread pool may be busy with the disk.
 */
export function jwsSigner({ kid, privateKey }: Pick<SigningKey, 'kid' | 'privateKey'>) {
  const key = KeyObject.from(privateKey)
  return (type: string, claims: object): string => {
    const signed = `${encoded({ alg: 'RS256', typ: type, kid })}.${encoded(claims)}`
    return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key).toString('base64url')}`
  }
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
