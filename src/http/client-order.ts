import { Failure } from '../domain/failure.ts'
import { findUnstorable, type JsonObject } from '../domain/json.ts'

/** A client as a body asks for it: its settings apart from its name and its secret. */
interface ClientOrder {
  readonly name?: string
  readonly secret?: string
  readonly settings: JsonObject
}

/** Fails with `body_invalid` for text that no database can hold. */
export function clientOrderOf(body: JsonObject): ClientOrder {
  const unstorable = findUnstorable(body)
  if (unstorable !== undefined) {
    throw new Failure(
      'body_invalid',
      `Payload validation error: '${unstorable.reason}' on property ${unstorable.path}.`,
    )
  }
  const { name, client_secret: secret, ...settings } = body
  return {
    settings,
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof secret === 'string' ? { secret } : {}),
  }
}
