/**
 * A text that matches is nearly always a secret. The keys are first characters, so that most texts need no regular
 * expression. Plain hex and base64 are not included, because ids, pictures and commits look the same.
 */
const SHAPES: Readonly<Record<string, RegExp>> = {
  // bcrypt; PHC strings with salt and hash; crypt(3), phpass, Drupal and other forms, which must have a long hash.
  $: /^\$(?:2[abxy]?\$\d\d\$[./A-Za-z0-9]{20,}|[a-z][\w,=-]{1,30}\$\S*\$[A-Za-z0-9+/._-]{2,}={0,2}\$[A-Za-z0-9+/._-]{4,}={0,2}$|[A-Za-z0-9][\w,=-]{0,31}(?:\$[\w./+=,-]*){0,5}\$[\w./+=:-]{20,}$)/,
  // The scheme in braces, then the hash: RFC 2307, Dovecot, Spring Security and Atlassian write hashes in this way.
  '{': /^\{(?:s?sha\d?(?:-?\d{3})?|s?md[45]|crypt|blf-crypt|(?:md5|sha\d+)-crypt|bcrypt|argon2\w*|pbkdf2[\w-]*|s?scrypt|noop|cleartext|plain|pkcs5s2|x-[\w-]+|nt|lanman|cram-md5|standardpasswordencoder)(?:\.hex|\.b64)?\}\S{4,}/i,
  '-': /-----BEGIN [A-Z0-9 ]*PRIVATE KEY/,
  // JWS and JWE: their header is a JSON object in base64url.
  e: /^eyJ[\w-]{8,}\.[\w-]*\.[\w-]*(?:\.[\w-]*){0,2}$/,
  o: /^otpauth(?:-migration)?:\/\//i,
  // Django, Werkzeug, ASP.NET ports and PHP libraries name the algorithm first, so these hashes begin with letters.
  p: /^pbkdf2[\w:-]*\$\S{16,}$/,
  b: /^bcrypt(?:_sha256)?\$\S{16,}$|^bearer [\w.~+/=-]{16,}$/,
  a: /^argon2(?:id|i|d)?\$\S{16,}$/,
  s: /^(?:scrypt(?::\d+)*|sha\d+)\$\S*\$\S{16,}$|^sha\d+:\d+:[\w+/=-]{8,}:[\w+/=-]{16,}|^[sr]k_(?:live|test)_\w{16,}$/,
  m: /^md5\$\S*\$[0-9a-f]{32}$/,
  u: /^unsalted_\w+\$\S{16,}$/,
  c: /^crypt\$\S*\$\S{11,}$/,
  U: /^U\$S\$[./A-Za-z0-9]{30,}$/,
  B: /^Bearer [\w.~+/=-]{16,}$/,
  P: /^PuTTY-User-Key-File-/,
  A: /^AGE-SECRET-KEY-1/,
  O: /^otpauth:\/\//i,
  // The issuers of these tokens gave them a prefix so that they can be recognized.
  g: /^(?:gh[opsur]_\w{30,}|github_pat_\w{22,}|glpat-[\w-]{20,})$/,
  x: /^xox[a-z]-[\w-]{10,}$/,
  y: /^ya29\.[\w-]{20,}$/,
}

// The scrypt hashes of better-auth have no prefix: only the lengths of salt and key, both in hex, show what they are.
const SALT_AND_KEY = /^[0-9a-f]{32}:[0-9a-f]{128}$/
const SALT_AND_KEY_LENGTH = 161

const WRAPPED = /^[\s'"]+/

const BY_CODE: readonly (RegExp | undefined)[] = Array.from(
  { length: 128 },
  (_, code) =>
    SHAPES[String.fromCharCode(code)] ?? (WRAPPED.test(String.fromCharCode(code)) ? WRAPPED : undefined),
)

// As long as `{nt}` and four characters. Shorter texts match no pattern, so they are not tried.
const LENGTH_MIN = 8

export function isSecretText(text: string): boolean {
  if (text.length < LENGTH_MIN) return false
  const shape = BY_CODE[text.charCodeAt(0)]
  if (shape === WRAPPED) return isSecretText(text.replace(WRAPPED, '').trimEnd())
  if (shape?.test(text) === true) return true
  return text.length === SALT_AND_KEY_LENGTH && SALT_AND_KEY.test(text)
}

const [BLANK, BRACKET, BRACE] = [32, 91, 123]

export function mayBeJson(text: string): boolean {
  const first = text.charCodeAt(0)
  return first === BRACE || first === BRACKET || (first <= BLANK && /^\s*[{[]/.test(text))
}

const HEX = /^[0-9a-f]{32,}$/i
const BASE64 = /^[\w+/-]{22,}={0,2}$/

/** Ids look the same as hashes. So use this only next to a salt, or inside an object that holds secrets. */
export function isHashLike(text: string): boolean {
  return HEX.test(text) || BASE64.test(text)
}

// Names of algorithms and encodings often stand under names of secrets, but are none.
const ALGORITHM =
  /^(?:hmac|pbkdf2|hotp|totp)?[-_]?(?:(?:sha|md|ripemd|argon|pbkdf|base)[-_]?\d+\w{0,2}|[bs]crypt|whirlpool|hmac|hex|utf-?8|ldap)$/i

export function isAlgorithm(text: string): boolean {
  return text.length <= 20 && ALGORITHM.test(text)
}

const OPAQUE_LENGTH_MIN = 16
const DATE = /^\d{4}-\d\d-\d\d(?:[T ]|$)/

/** A text without blanks is probably a token or a one-time password if it is long or has a digit. */
export function isOpaque(text: string): boolean {
  if (/\s/.test(text) || isDate(text) || /^https?:/.test(text)) return false
  return text.length >= OPAQUE_LENGTH_MIN || (text.length >= 4 && /\d/.test(text))
}

export function isDate(text: string): boolean {
  return DATE.test(text)
}
