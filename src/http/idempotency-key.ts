import type { FastifyRequest } from 'fastify'
import { Failure } from '../domain/failure.ts'
import type { ClientKey } from '../domain/request-key.ts'
import { text } from '../schema/build.ts'

const LENGTH_MAX = 255
const KEY = new RegExp(`^[\\x20-\\x7e]{1,${LENGTH_MAX}}$`)

export const KEY_HEADER = {
  'Idempotency-Key': text(
    'A request with the same key and the same content answers the same job for 24 hours.',
    { minLength: 1, maxLength: LENGTH_MAX, pattern: '^[ -~]+$' },
  ),
}

export const KEY_REUSED = 'The `Idempotency-Key` was sent with another request.'

/** Undefined if the client sent none. Fails with `idempotency_key_invalid`. */
export function clientKeyOf({ headers, bearer }: FastifyRequest): ClientKey | undefined {
  const key = headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key === 'string' && KEY.test(key)) return { clientId: bearer?.clientId ?? '', key }
  const problem = `Idempotency-Key must have 1 to ${LENGTH_MAX} printable ASCII characters.`
  throw new Failure('idempotency_key_invalid', problem)
}
