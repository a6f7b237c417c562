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

/** An object of no other members than these. */
function closed(members: Readonly<Record<string, Rule>>, required: readonly string[] = []): ObjectRule {
  return { kind: 'object', members: new Map(Object.entries(members)), required }
}

/** Auth0's "Bulk Import JSON Schema": these may not be members of app_metadata. */
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

/** A hash by another algorithm than bcrypt with 10 rounds; what depends on the algorithm is in check-hash.ts. */
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

// What the indexes take, whatever the letters: 2,704 bytes.
const indexed: TextRule = { kind: 'text', max: 512 }
const identifier: TextRule = { ...indexed, min: 1 }

interface Reach {
  /** For users who are new to the tenant, whoever brings them: Auth0's import schema. */
  readonly added: Rule
  /**
   * For users whom a stream preserves. They are users already, of whatever provider, so a rule is for them only if
   * what breaks it could not be stored and given out again.
   */
  readonly preserved: Rule
}

function forEverybody(rule: Rule): Reach {
  return { added: rule, preserved: rule }
}

function forAdded(rule: Rule, preserved: Rule): Reach {
  return { added: rule, preserved }
}

/**
 * Whom each rule is for. Rules that hold for users of Auth0's database alone, new or not, are in user-kind.ts;
 * those for usernames that come new into a database in username.ts; what is made up, for new users alone, in
 * new-profile.ts.
 */
const REACH: Readonly<Record<string, Reach>> = {
  // `POST /api/v2/users` has the same rule. A provider's address may be no address at all.
  email: forAdded(email, identifier),
  email_verified: forEverybody(boolean),
  phone_number: forAdded(phone, identifier),
  phone_verified: forEverybody(boolean),
  // 255 and no blanks: Auth0's schema of POST /users, the only place where it says so.
  user_id: forAdded({ kind: 'text', max: 255, pattern: /^\S*$/ }, indexed),
  username: forAdded({ kind: 'text', min: 1, max: 128 }, identifier),
  given_name: forAdded(name(150), text),
  family_name: forAdded(name(150), text),
  name: forAdded(name(300), text),
  nickname: forAdded(name(300), text),
  picture: forEverybody(text),
  blocked: forEverybody(boolean),
  password_hash: forEverybody({ kind: 'text', pattern: /^\$2[ab]\$10\$[./0-9A-Za-z]{53}$/, isSecret: true }),
  custom_password_hash: forEverybody(customPasswordHash),
  // Auth0's deny list is about what an import may set, not about what is there.
  app_metadata: forAdded({ ...open, forbidden: APP_METADATA_DENIED }, open),
  user_metadata: forEverybody(open),
  mfa_factors: forEverybody({ kind: 'array', items: mfaFactor, min: 1, max: 10 }),
}

function membersFor(whom: keyof Reach): readonly (readonly [string, Rule])[] {
  return Object.entries(REACH).map(([member, reach]) => [member, reach[whom]])
}

const identity: ObjectRule = {
  ...closed(
    {
      connection: text,
      // Some providers count their users: Auth0's schema takes a text or a number.
      user_id: { kind: 'text', orInteger: true },
      provider: text,
      isSocial: boolean,
      profileData: open,
    },
    ['connection', 'user_id', 'provider', 'isSocial'],
  ),
  isOpen: true,
}

// What only the server sets: no new user brings it.
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

/**
 * A user of an import's file. Root attributes that it does not name are kept, and can be exported; find-secrets.ts says
 * which of them may not.
 */
export const importedUser: ObjectRule = {
  kind: 'object',
  members: new Map(membersFor('added')),
  required: ['email'],
  isOpen: true,
  refused: new Set(Object.keys(serverMembers())),
}

/** The same with what only the server sets, for an import that preserves it. */
export const preservedUser: ObjectRule = {
  ...importedUser,
  members: new Map([...membersFor('added'), ...Object.entries(serverMembers())]),
}

/** A user of a streamed file, which may be an export: whole ids, and users without an e-mail address. */
export const streamedUser: ObjectRule = {
  ...preservedUser,
  members: new Map([
    ...preservedUser.members,
    // The prefix of a connection (a strategy has 64 characters at most, and a bar) and what POST /users takes.
    ['user_id', { kind: 'text', max: 65 + 255, pattern: /^\S*$/ }],
  ]),
  required: [],
}

/** The same where the import preserves: what a user has come to be is taken. */
export const restoredUser: ObjectRule = {
  ...streamedUser,
  members: new Map([...streamedUser.members, ...membersFor('preserved')]),
}
