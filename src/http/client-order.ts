import { findUnstorable, type JsonObject } from '../domain/json.ts'
import { invalidBody } from '../domain/refusal.ts'
import type { ClientOrder } from '../flow/manage-clients.ts'

/** PostgreSQL cannot store some texts, so a body with one fails with `body_invalid`. */
export function clientOrderOf(body: JsonObject): ClientOrder {
  const unstorable = findUnstorable(body)
  if (unstorable !== undefined) {
    throw invalidBody(unstorable.reason, unstorable.path)
  }
  const { name, client_secret: secret, ...settings } = body
  return { name, secret, settings } as ClientOrder
}
