import type { Seen } from '../domain/seen.ts'

/** A new message does not compile before `inside.js` handles it. */
export type ToThread = { readonly kind: 'stop' } | { readonly kind: 'hash'; readonly order: HashOrder }

/** A new message does not compile before `thread.ts` handles it. */
export type FromThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly error: PackedError }
  | { readonly kind: 'hashed'; readonly hash: Uint8Array | string }
  | { readonly kind: 'seen'; readonly seen: Seen }

export type HashOrder = ScryptOrder | BcryptOrder

export interface ScryptOrder {
  readonly kind: 'scrypt'
  readonly secret: string
  readonly salt: Uint8Array
  readonly cost: { readonly N: number; readonly r: number; readonly p: number }
  readonly keyBytes: number
}

export interface BcryptOrder {
  readonly kind: 'bcrypt'
  readonly password: string
  readonly rounds: number
}

/** `hash` is optional, since only the threads of hashing/ are sent such orders. */
export interface ThreadWork {
  stop(): Promise<void>
  hash?(order: HashOrder): Uint8Array | string
}

/**
 * A message cannot carry an instance of Failure, and the log needs the code and the causes. So an error is sent as
 * data.
 */
export interface PackedError {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  readonly code: string | undefined
  readonly cause: PackedError | undefined
  readonly errors: readonly PackedError[] | undefined
}
