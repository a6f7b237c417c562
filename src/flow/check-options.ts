import { findUnstorable, type JsonObject } from '../domain/json.ts'
import { invalidBody } from '../domain/refusal.ts'
import { usernameOptionsProblem } from '../users/username.ts'

/**
 * Muster stores most options of a connection unread, so only those that it uses are checked. Fails with `body_invalid`.
 */
export function refuseUnsoundOptions(options: JsonObject = {}): void {
  if (findUnstorable(options) !== undefined) throw invalidBody('Text that cannot be stored', 'options')
  const problem = usernameOptionsProblem(options)
  if (problem !== undefined) throw invalidBody(problem, 'options.validation.username')
}
