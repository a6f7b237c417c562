import type { SecretNames } from './secret-names.ts'
import { isSecretText, mayBeJson } from './secret-texts.ts'

/** A quick test before the search, since nearly all users of an import have no suspicious name or text. */
export function mayHoldSecret(members: object, names: SecretNames): boolean {
  for (const name in members) {
    if (!names.isQuiet(name)) return true
    if (mayBeSecret((members as Readonly<Record<string, unknown>>)[name], names)) return true
  }
  return false
}

function mayBeSecret(value: unknown, names: SecretNames): boolean {
  if (typeof value === 'string') return mayBeJson(value) || isSecretText(value)
  if (typeof value !== 'object' || value === null) return false
  if (!Array.isArray(value)) return mayHoldSecret(value, names)
  for (let at = 0; at < value.length; at++) if (mayBeSecret(value[at], names)) return true
  return false
}
