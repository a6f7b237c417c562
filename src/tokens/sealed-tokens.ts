import { EncryptJWT, errors, jwtDecrypt } from 'jose'
import { type Clock, unixSeconds } from '../domain/clock.ts'

/**
 * Access tokens as a browser's cookie has them. They are encrypted, so that a reader of the cookie has no token. They have
 * an end of their own, after which a copy of the cookie is worth nothing. All processes need the same key.
 */
export interface SealedTokens {
  seal(token: string, end: Date): Promise<string>
  /** Undefined if the text was not sealed with this key, was changed, or is past its end. */
  open(sealed: string): Promise<string | undefined>
}

const HEADER = { alg: 'dir', enc: 'A256GCM', typ: 'muster-session' } as const

/** The key has 32 bytes. */
export function newSealedTokens(key: Uint8Array, clock: Clock): SealedTokens {
  return {
    seal: (token, end) =>
      new EncryptJWT({ token }).setProtectedHeader(HEADER).setExpirationTime(unixSeconds(end)).encrypt(key),
    open: async (sealed) => {
      try {
        const { payload } = await jwtDecrypt(sealed, key, {
          keyManagementAlgorithms: [HEADER.alg],
          contentEncryptionAlgorithms: [HEADER.enc],
          typ: HEADER.typ,
          requiredClaims: ['exp'],
          currentDate: clock.now(),
        })
        return typeof payload['token'] === 'string' ? payload['token'] : undefined
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined
        throw error
      }
    },
  }
}
