import { isJsonObject, type JsonObject } from '../domain/json.ts'
import type { HASH_ALGORITHMS } from './import-schema.ts'
import { additional, checkValue, missing, type Problem, type TextRule } from './rules.ts'

type Algorithm = (typeof HASH_ALGORITHMS)[number]

interface HashRule {
  readonly value: RegExp
  readonly encodings: readonly string[]
  readonly required?: readonly string[]
  readonly requiredInHash?: readonly string[]
  /** The value contains its salt, so a member `salt` is refused. */
  readonly hasOwnSalt?: true
}

const bytes: HashRule = { value: /^[0-9A-Za-z+/=_-]+$/, encodings: ['hex', 'base64'] }

/** The rules are those of Auth0's documentation, "Supported hashing algorithms". */
const HASH_RULES: Record<Algorithm, HashRule> = {
  argon2: { value: /^\$argon2(?:i|d|id)\$[!-~]+$/, encodings: ['utf8'], hasOwnSalt: true },
  bcrypt: { value: /^\$2[aby]\$[0-9]{2}\$[./0-9A-Za-z]{53}$/, encodings: ['utf8'] },
  hmac: { ...bytes, requiredInHash: ['digest', 'key'] },
  // RFC 2307: the scheme in braces, then the hash.
  ldap: { value: /^\{[0-9A-Za-z-]+\}[!-~]+$/, encodings: ['utf8'], hasOwnSalt: true },
  md4: bytes,
  md5: bytes,
  sha1: bytes,
  sha256: bytes,
  sha512: bytes,
  pbkdf2: { value: /^\$pbkdf2-[0-9a-z-]+\$[!-~]+$/, encodings: ['utf8'], hasOwnSalt: true },
  scrypt: { ...bytes, required: ['keylen'] },
}

// A hash without an encoding counts as text. If only hex and base64 are allowed, it is refused: a guess could be wrong.
const ENCODING_DEFAULT = 'utf8'

const PATH = '#/custom_password_hash'

export function checkHash(custom: JsonObject, problems: Problem[]): void {
  const { algorithm, hash } = custom
  if (typeof algorithm !== 'string' || !isAlgorithm(algorithm) || !isJsonObject(hash)) return
  const rule = HASH_RULES[algorithm]
  const value: TextRule = { kind: 'text', pattern: rule.value, isSecret: true }
  checkValue(value, hash['value'], `${PATH}/hash/value`, problems)
  const encoding = { kind: 'text', oneOf: rule.encodings } as const
  checkValue(encoding, hash['encoding'] ?? ENCODING_DEFAULT, `${PATH}/hash/encoding`, problems)
  for (const name of rule.required ?? []) if (custom[name] === undefined) problems.push(missing(name, PATH))
  for (const name of rule.requiredInHash ?? [])
    if (hash[name] === undefined) problems.push(missing(name, `${PATH}/hash`))
  if (rule.hasOwnSalt === true && custom['salt'] !== undefined) problems.push(additional('salt', PATH))
}

function isAlgorithm(name: string): name is Algorithm {
  return Object.hasOwn(HASH_RULES, name)
}
