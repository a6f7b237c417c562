import { ATTRIBUTE_NAMES, ATTRIBUTES } from '../domain/profile.ts'
import type { ObjectRule, Rule, TextRule } from './rules.ts'

const text: TextRule = { kind: 'text' }
const secret: TextRule = { kind: 'text', isSecret: true }
const boolean: Rule = { kind: 'boolean' }
const positive: Rule = { kind: 'integer', min: 1 }
const email: TextRule = { kind: 'text', format: 'email' }
const phone: TextRule = { kind: 'text', pattern: /^\+[0-9]{1,15}$/ }
const open: ObjectRule = { kind: 'object', members: new Map(), isOpen: true }

function name(max: number): TextRule {
  return { kind: 'text', max }
}

function oneOf(...values: readonly string[]): TextRule {
  return { kind: 'text', oneOf: values }
}

function closed(members: Readonly<Record<string, Rule>>, required: readonly string[] = []): ObjectRule {
  return { kind: 'object', members: new Map(Object.entries(members)), required }
}

/** Auth0's "Bulk Import JSON Schema" forbids these members in app_metadata. */
const APP_METADATA_DENIED: ReadonlySet<string> = new Set([
  '__tenant',
  '_id',
  'blocked',
  'clientID',
  'created_at',
  'email_verified',
  'email',
  'globalClientID',
  'global_client_id',
  'identities',
  'lastIP',
  'lastLogin',
  'loginsCount',
  'metadata',
  'multifactor_last_modified',
  'multifactor',
  'updated_at',
  'user_id',
])

export const HASH_ALGORITHMS = [
  ...['argon2', 'bcrypt', 'hmac', 'ldap', 'md4', 'md5'],
  ...['sha1', 'sha256', 'sha512', 'pbkdf2', 'scrypt'],
] as const

const textEncoding = oneOf('base64', 'hex', 'utf8')

/** Rules that depend on the algorithm are in check-hash.ts, since a schema cannot say them. */
const customPasswordHash = closed(
  {
    algorithm: oneOf(...HASH_ALGORITHMS),
    hash: closed(
      {
        value: secret,
        encoding: textEncoding,
        digest: oneOf('md4', 'md5', 'ripemd160', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'whirlpool'),
        key: closed({ value: secret, encoding: textEncoding }, ['value']),
      },
      ['value'],
    ),
    salt: closed({ value: secret, encoding: textEncoding, position: oneOf('prefix', 'suffix') }, ['value']),
    password: closed({ encoding: oneOf('ascii', 'utf8', 'utf16le', 'ucs2', 'latin1', 'binary') }),
    keylen: positive,
    cost: positive,
    blockSize: positive,
    parallelization: positive,
  },
  ['algorithm', 'hash'],
)

const mfaFactor: ObjectRule = {
  ...closed({
    totp: closed({ secret: { kind: 'text', pattern: /^[A-Z2-7]+$/, isSecret: true } }, ['secret']),
    phone: closed({ value: phone }, ['value']),
    email: closed({ value: email }, ['value']),
  }),
  membersMin: 1,
  membersMax: 1,
}

// An index entry of PostgreSQL has at most 2,704 bytes. 512 characters always fit.
const indexed: TextRule = { kind: 'text', max: 512 }
const identifier: TextRule = { ...indexed, min: 1 }

interface Reach {
  readonly added: Rule
  /** For a stream with `preserve`. Its users exist elsewhere already, so rules for new users do not apply. */
  readonly preserved: Rule
}

function forAll(rule: Rule): Reach {
  return { added: rule, preserved: rule }
}

function forAdded(rule: Rule, preserved: Rule): Reach {
  return { added: rule, preserved }
}

const REACH: Readonly<Record<string, Reach>> = {
  // New users have the rule of `POST /api/v2/users`. The email of an identity provider need not be a valid address.
  email: forAdded(email, identifier),
  email_verified: forAll(boolean),
  phone_number: forAdded(phone, identifier),
  phone_verified: forAll(boolean),
  // 255 characters without blanks: only Auth0's schema of POST /users says so.
  user_id: forAdded({ kind: 'text', max: 255, pattern: /^\S*$/ }, indexed),
  username: forAdded({ kind: 'text', min: 1, max: 128 }, identifier),
  given_name: forAdded(name(150), text),
  family_name: forAdded(name(150), text),
  name: forAdded(name(300), text),
  nickname: forAdded(name(300), text),
  picture: forAll(text),
  blocked: forAll(boolean),
  password_hash: forAll({ kind: 'text', pattern: /^\$2[ab]\$10\$[./0-9A-Za-z]{53}$/, isSecret: true }),
  custom_password_hash: forAll(customPasswordHash),
  // Auth0's deny list is for what an import may set. Existing users may already have such members.
  app_metadata: forAdded({ ...open, forbidden: APP_METADATA_DENIED }, open),
  user_metadata: forAll(open),
  mfa_factors: forAll({ kind: 'array', items: mfaFactor, min: 1, max: 10 }),
}

function membersFor(whom: keyof Reach): readonly (readonly [string, Rule])[] {
  return Object.entries(REACH).map(([member, reach]) => [member, reach[whom]])
}

const identity: ObjectRule = {
  ...closed(
    {
      connection: text,
      // Auth0's schema allows a text or a number, because some providers number their users.
      user_id: { kind: 'text', orInteger: true },
      provider: text,
      isSocial: boolean,
      profileData: open,
    },
    ['connection', 'user_id', 'provider', 'isSocial'],
  ),
  isOpen: true,
}

// Only the server sets these, so they are stored only with `preserve`.
const PRESERVED_MEMBERS: Readonly<Record<string, Rule>> = {
  identities: { kind: 'array', items: identity, min: 1, max: 1000 },
  last_ip: text,
  logins_count: { kind: 'integer', min: 0 },
  multifactor: { kind: 'array', items: text, min: 0, max: 100 },
}

function serverMembers(): Record<string, Rule> {
  const moments = ATTRIBUTE_NAMES.filter((attribute) => ATTRIBUTES[attribute].kind === 'moment').map(
    (attribute) => [attribute, { kind: 'moment' }] as const,
  )
  return { ...PRESERVED_MEMBERS, ...Object.fromEntries(moments) }
}

export const importedUser: ObjectRule = {
  kind: 'object',
  members: new Map(membersFor('added')),
  required: ['email'],
  isOpen: true,
  refused: new Set(Object.keys(serverMembers())),
}

export const preservedUser: ObjectRule = {
  ...importedUser,
  members: new Map([...membersFor('added'), ...Object.entries(serverMembers())]),
}

export const streamedUser: ObjectRule = {
  ...preservedUser,
  members: new Map([
    ...preservedUser.members,
    // 255 characters as in POST /users. Before them an id may have its prefix: at most 64 characters and a bar.
    ['user_id', { kind: 'text', max: 65 + 255, pattern: /^\S*$/ }],
  ]),
  required: [],
}

export const restoredUser: ObjectRule = {
  ...streamedUser,
  members: new Map([...streamedUser.members, ...membersFor('preserved')]),
}
