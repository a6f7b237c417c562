import type { Json } from '../domain/json.ts'
import { SECRET_MASK } from './rules.ts'

// Deeper values are refused, and would exhaust the stack of whoever writes them as JSON.
const DEPTH_MAX = 20

/**
 * A refused user as an import's errors may show it: secrets masked, and what could not be stored replaced, so
 * that the error itself can be stored.
 */
export function maskSecrets(user: unknown): Json {
  return copyOf(user, '', { masked: false, depth: 0 })
}

interface Place {
  /** Within a structure of secrets: texts are masked unless they are known to be none. */
  readonly masked: boolean
  readonly depth: number
}

function copyOf(value: unknown, name: string, { masked, depth }: Place): Json {
  if (typeof value === 'string') return masked && !HARMLESS.has(name) ? SECRET_MASK : storable(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value !== 'object' || value === null) return typeof value === 'boolean' ? value : null
  if (depth === DEPTH_MAX) return '…'
  if (Array.isArray(value)) return value.map((item) => copyOf(item, name, { masked, depth: depth + 1 }))
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const isSecret = depth === 0 && SECRETS.has(key)
      if (isSecret) return [key, SECRET_MASK]
      const within = masked || (depth === 0 && SECRET_STRUCTURES.has(key))
      return [
        storable(key),
        copyOf(member, key, { masked: within && !isContact(key, masked), depth: depth + 1 }),
      ]
    }),
  )
}

const SECRETS = new Set([
  ...['password', 'password_hash', 'passwordHash', 'salt', 'hash', 'secret'],
  ...['access_token', 'refresh_token'],
])

const SECRET_STRUCTURES = new Set(['custom_password_hash', 'mfa_factors'])

// Words from short lists.
const HARMLESS = new Set(['algorithm', 'encoding', 'digest', 'position'])

// A factor's address is the user's, but no secret.
function isContact(key: string, masked: boolean): boolean {
  return masked && (key === 'phone' || key === 'email')
}

/** The same text, with what PostgreSQL cannot store replaced by U+FFFD. */
export function storable(text: string): string {
  // Nearly all texts have neither; to write them anew is most of what an error costs.
  if (!/[\0\uD800-\uDFFF]/.test(text)) return text
  return Buffer.from(text).toString().replaceAll('\0', '\uFFFD')
}
