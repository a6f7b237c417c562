/** Everything that a thread is told. A new message does not compile before `inside.js` answers it. */
export type ToThread =
  /** To end well. */
  | { readonly kind: 'stop' }
  /** That there may be a job. */
  | { readonly kind: 'wake' }
  | { readonly kind: 'hash'; readonly order: HashOrder }

/** Everything that a thread says. A new message does not compile before `thread.ts` hears it. */
export type FromThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly error: PackedError }
  | { readonly kind: 'hashed'; readonly hash: Uint8Array | string }

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

/** What a thread does. A message that it is never sent needs no answer. */
export interface ThreadWork {
  stop(): Promise<void>
  wake?(): void
  hash?(order: HashOrder): Uint8Array | string
}

/** An error as data: threads hand each other no classes, and its code and its causes must not be lost. */
export interface PackedError {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  readonly code: string | undefined
  readonly cause: PackedError | undefined
  /** Of an AggregateError. */
  readonly errors: readonly PackedError[] | undefined
}
