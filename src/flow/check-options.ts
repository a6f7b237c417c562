import { findUnstorable, type JsonObject } from '../domain/json.ts'
import { invalidBody } from '../domain/refusal.ts'
import { usernameOptionsProblem } from '../users/username.ts'

/** Checks only the options that Muster uses, since it stores the others unread. Fails with `body_invalid`. */
export function refuseUnsoundOptions(options: JsonObject = {}): void {
  if (findUnstorable(options) !== undefined) throw invalidBody('Text that cannot be stored', 'options')
  const problem = usernameOptionsProblem(options)
  if (problem !== undefined) throw invalidBody(problem, 'options.validation.username')
}
