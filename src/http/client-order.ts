import { findUnstorable, type JsonObject } from '../domain/json.ts'
import { Refusal } from '../domain/refusal.ts'
import type { ClientOrder } from '../flow/manage-clients.ts'

/** PostgreSQL cannot store some texts, so a body with one fails with `body_invalid`. */
export function clientOrderOf(body: JsonObject): ClientOrder {
  const unstorable = findUnstorable(body)
  if (unstorable !== undefined) {
    throw new Refusal('body_invalid', { problem: unstorable.reason, property: unstorable.path })
  }
  const { name, client_secret: secret, ...settings } = body
  return { name, secret, settings } as ClientOrder
}
